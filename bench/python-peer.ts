import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { projectFolder } from '../lib/run/project-folder.js';

/** What can run the same jobs: PyTorch as it is or compiled, or its export in one of two runtimes (evaluation only). */
export const PEERS = ['torch', 'compile', 'onnxruntime', 'openvino'] as const;
export type PeerName = (typeof PEERS)[number];

/** The Python modules that a peer takes. */
const MODULES: Readonly<Record<PeerName, string>> = {
  torch: 'torch',
  compile: 'torch',
  onnxruntime: 'torch, onnx, onnxruntime',
  openvino: 'torch, onnx, openvino',
};

/** What one run of a job took. */
export interface PeerTime {
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
}

/** bench/python_peer.py, kept running, so that it can be timed in turn with ours. */
export interface PythonPeer {
  readonly name: PeerName;
  /** Of all that computes. */
  readonly version: string;
  /** Times one run of the job, measured inside the peer; undefined where the peer has no such job. */
  run(job: PeerJob): Promise<PeerTime | undefined>;
  close(): void;
}

export type PeerJob =
  | { job: 'conv'; pass: 'forward' | 'dX' | 'dW'; shape: number[]; filter: number[]; stride: number }
  | {
      job: 'network';
      network: 'resnet20' | 'simcnn';
      pass: 'train' | 'eval';
      batch: number;
      precision: 'f32' | 'bf16';
    };

/**
 * Starts the peer with the Python that is named, else the first that can import what it takes.
 * @returns the peer, or why there is none
 */
export async function startPythonPeer(name: PeerName, python: string | undefined): Promise<PythonPeer | string> {
  const modules = MODULES[name];
  const candidates = python === undefined ? ['python3', '/usr/bin/python3'] : [python];
  const found = candidates.find(
    (command) => spawnSync(command, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) {
    return `${candidates.join(' and ')} cannot 'import ${modules}'; --python names another`;
  }
  const script = path.join(projectFolder(), 'bench/python_peer.py');
  const child: ChildProcessWithoutNullStreams = spawn(found, [script, name]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the peer ${name} ended: ${stderr}`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const { version } = await answer();
  return {
    name,
    version: String(version),
    async run(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { seconds, cpu } = await answer();
      return seconds === null ? undefined : { seconds: Number(seconds), cpuSeconds: Number(cpu) };
    },
    close: () => child.stdin.end(),
  };
}
