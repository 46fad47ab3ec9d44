import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../kernel/kernel-spec.js';
import { projectRoot } from '../session/project-root.js';

const START_MS = 240_000;
const STOP_MS = 10_000;

/** Why a test in the classic Notebook is skipped; false where there is one. */
export function noClassicNotebook(): string | false {
  const program = findProgram('jupyter-notebook');
  const version = program && spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (version && Number.parseInt(version) <= 6) return false;
  const found = version ? `Jupyter Notebook is ${version}` : 'no Jupyter Notebook';
  return `${found}: needs the classic one, 6.x (Debian: jupyter-notebook); JupyterLab is not in Debian 12 and not tried`;
}

/** The classic Notebook's server, for one test file. */
export interface JupyterServer {
  /** Folder of its own that it shows; a copy of what a test needs goes there. */
  readonly folder: string;
  /** Address of a page, with the token. */
  url(page: string): string;
  /** Environment in which other Jupyter programs keep to the same folders. */
  readonly env: NodeJS.ProcessEnv;
  /** What it has written so far. */
  log(): string;
  /** Ends it and its kernels, and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port of the loopback interface, with a random token, and with all of Jupyter's folders in a
 * temporary one: nothing of the user's is read or written. It ends with this process at the latest.
 * @param env for the kernels
 */
export async function startJupyter(env: NodeJS.ProcessEnv = {}): Promise<JupyterServer> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-jupyter-'));
  const folder = path.join(home, 'notebooks');
  const runtime = path.join(home, 'runtime');
  for (const name of [folder, runtime]) fs.mkdirSync(name);
  const token = randomBytes(24).toString('hex');
  const ownEnv: NodeJS.ProcessEnv = {
    ...process.env,
    ...{ JUPYTER_CONFIG_DIR: path.join(home, 'config'), JUPYTER_DATA_DIR: path.join(home, 'data') },
    ...{ JUPYTER_RUNTIME_DIR: runtime, JUPYTER_PATH: path.join(projectRoot, 'kernel-config') },
    ...{
      IPYTHONDIR: path.join(home, 'ipython'),
      JUPYTER_TOKEN: token,
      MODULAB_DATA: undefined,
      MODULAB_MODELS: undefined,
    },
    ...env,
  };
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const port = 20_000 + (randomBytes(2).readUInt16BE() % 40_000);
  const server = spawn(
    findProgram('jupyter-notebook')!,
    ['--no-browser', '--ip=127.0.0.1', `--port=${port}`, `--notebook-dir=${folder}`, ...asRoot],
    // A process group of its own, so that its kernels end with it.
    { cwd: home, env: ownEnv, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = once(server, 'exit');
  const killGroup = () => {
    try {
      process.kill(-server.pid!, 'SIGKILL');
    } catch {
      // gone already
    }
  };
  const endWithUs = () => {
    killGroup();
    fs.rmSync(home, { recursive: true, force: true });
  };
  const onSignal = () => process.exit(143);
  process.once('exit', endWithUs);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, onSignal);
  const stop = async () => {
    server.kill('SIGTERM');
    await Promise.race([gone, sleep(STOP_MS)]);
    process.removeListener('exit', endWithUs);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.removeListener(signal, onSignal);
    killGroup();
    await gone;
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };

  // It says in a file where it listens, which is another port where ours was taken.
  const infoFile = path.join(runtime, `nbserver-${server.pid}.json`);
  const deadline = performance.now() + START_MS;
  while (!fs.existsSync(infoFile) || fs.readFileSync(infoFile, 'utf8').trim() === '') {
    if (server.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`Jupyter does not start:\n${output}`);
    }
    await sleep(100);
  }
  const { url } = JSON.parse(fs.readFileSync(infoFile, 'utf8')) as { url: string };
  return { folder, env: ownEnv, stop, log: () => output, url: (page) => `${url}${page}?token=${token}` };
}
