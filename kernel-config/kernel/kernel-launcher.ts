/**
 * What Jupyter starts as the kernel 'modulab': tslab, with some things added.
 *   node kernel-launcher.js CONNECTION_FILE
 * - The project's packages and their types are found from whatever folder the notebook lies in.
 * - `{ name }` may name a variable of an earlier cell.
 * - Packages may change on disk while the kernel runs.
 * - Long text, failures and interrupts are told as Jupyter expects: see kernel-server.ts and cell-executor.ts.
 * - The kernel ends when the process that started it has gone.
 */
import { addProjectPackages } from '../session/project-modules.js';
import { projectRoot } from '../session/project-root.js';
import { loadTslabCompiler } from '../session/tslab-compiler.js';
import { ControlChannel } from './control-channel.js';
import { improveServer } from './kernel-server.js';

const PARENT_CHECK_MS = 2000;

// First of all: its thread starts while the compiler is loaded.
const control = new ControlChannel(process.argv[2] ?? '');
control.bound.catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

const { require: tslabRequire } = loadTslabCompiler();
addProjectPackages(projectRoot);
const { startKernel } = tslabRequire('tslab/dist/main.js') as typeof import('tslab/dist/main.js');
const tslab = tslabRequire('tslab/dist/jupyter.js') as typeof import('tslab/dist/jupyter.js');
const executors = tslabRequire('tslab/dist/executor.js') as typeof import('tslab/dist/executor.js');
improveServer(control, tslab, executors);

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, PARENT_CHECK_MS).unref();

startKernel({ configPath: process.argv[2], enableFindLocal: false });
