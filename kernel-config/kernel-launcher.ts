/**
 * What Jupyter starts as the kernel 'modulab': tslab, with three things added.
 *   node kernel-launcher.js CONNECTION_FILE
 * - The project's packages and their types are found from whatever folder the notebook lies in.
 * - A cell may write more than some 500 lines in one go; tslab's default queue drops the rest, 'idle' included.
 * - The kernel ends when the process that started it has gone.
 */
import { createRequire } from 'node:module';
import type * as ts from '@tslab/typescript-for-tslab';
import { startKernel } from 'tslab/dist/main.js';
import { ZmqServer } from 'tslab/dist/jupyter.js';
import { addProjectPackages, addProjectTypes } from './project-modules.js';
import { projectRoot } from './project-root.js';

const QUEUED_MESSAGES = 100_000;
const PARENT_CHECK_MS = 2000;

const tslabRequire = createRequire(require.resolve('tslab/package.json'));
addProjectTypes((tslabRequire('@tslab/typescript-for-tslab') as typeof ts).sys, process.cwd(), projectRoot);
addProjectPackages(projectRoot);

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
