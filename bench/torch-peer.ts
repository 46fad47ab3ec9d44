import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { projectFolder } from '../lib/run/project-folder.js';

/** bench/torch_peer.py, kept running, so that it can be timed in turn with ours. */
export interface TorchPeer {
  version: string;
  /** Seconds that one run of the job takes, measured inside the peer. */
  run(job: TorchJob): Promise<number>;
  close(): void;
}

export type TorchJob =
  | { job: 'conv'; pass: 'forward' | 'dX' | 'dW'; shape: number[]; filter: number[]; stride: number }
  | { job: 'network'; network: 'resnet20' | 'simcnn'; pass: 'train' | 'eval'; batch: number };

/** Starts the peer with the first Python that can import torch; undefined if none can. */
export async function startTorchPeer(): Promise<TorchPeer | undefined> {
  const python = ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return undefined;
  const child: ChildProcessWithoutNullStreams = spawn(python, [path.join(projectFolder(), 'bench/torch_peer.py')]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the PyTorch peer ended: ${stderr}`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const { version } = await answer();
  return {
    version: String(version),
    async run(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      return Number((await answer()).seconds);
    },
    close: () => child.stdin.end(),
  };
}
