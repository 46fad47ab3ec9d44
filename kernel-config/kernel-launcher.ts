/**
 * What Jupyter starts as the kernel 'modulab': tslab, with some things added.
 *   node kernel-launcher.js CONNECTION_FILE
 * - The project's packages and their types are found from whatever folder the notebook lies in.
 * - `{ name }` may name a variable of an earlier cell.
 * - Packages may change on disk while the kernel runs.
 * - A cell may write more than some 500 lines in one go; tslab's default queue drops the rest, 'idle' included.
 * - The kernel ends when the process that started it has gone.
 */
import { createRequire } from 'node:module';
import type * as ts from '@tslab/typescript-for-tslab';
import { withPendingRebuilds } from './pending-rebuilds.js';
import { addProjectPackages, addProjectTypes } from './project-modules.js';
import { projectRoot } from './project-root.js';
import { withShorthandProperties } from './shorthand-properties.js';

const QUEUED_MESSAGES = 100_000;
const PARENT_CHECK_MS = 2000;

const tslabRequire = createRequire(require.resolve('tslab/package.json'));
const compilerFile = tslabRequire.resolve('@tslab/typescript-for-tslab');
const compiler = tslabRequire(compilerFile) as typeof ts;
addProjectTypes(compiler.sys, process.cwd(), projectRoot);
addProjectPackages(projectRoot);
(require.cache[compilerFile] as NodeJS.Module).exports = withPendingRebuilds(withShorthandProperties(compiler));

// Only now: tslab takes the compiler from the cache.
const { startKernel } = tslabRequire('tslab/dist/main.js') as typeof import('tslab/dist/main.js');
const { ZmqServer } = tslabRequire('tslab/dist/jupyter.js') as typeof import('tslab/dist/jupyter.js');

interface KernelSocket {
  sendTimeout: number;
  sendHighWaterMark: number;
}
interface Server {
  iopub: KernelSocket;
  bindSocket: (this: Server, socket: KernelSocket, port: number) => Promise<void>;
}
const server = ZmqServer.prototype as unknown as Server;
const bindSocket = server.bindSocket;
server.bindSocket = function (socket, port) {
  if (socket === this.iopub) {
    // With a timeout, zeromq refuses the 513th message of one go; without, a publisher never waits.
    socket.sendTimeout = 0;
    socket.sendHighWaterMark = QUEUED_MESSAGES;
  }
  return bindSocket.call(this, socket, port);
};

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, PARENT_CHECK_MS).unref();

startKernel({ configPath: process.argv[2], enableFindLocal: false });
