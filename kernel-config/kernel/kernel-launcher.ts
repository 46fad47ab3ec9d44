/**
 * What Jupyter starts as the kernel 'modulab'.
 *   node kernel-launcher.js CONNECTION_FILE
 * Cells run in a session, as inputs of the prompt do; the kernel is Jupyter's protocol over it. It ends when the process that started
 * it has gone.
 */
import fs from 'node:fs';
import { addProjectPackages } from '../session/project-modules.js';
import { projectRoot } from '../session/project-root.js';
import { Session } from '../session/session.js';
import { INPUT_GLOBALS } from './cell-input.js';
import { ControlChannel } from './control-channel.js';
import type { ConnectionInfo } from './jupyter-message.js';
import { KernelServer } from './kernel-server.js';
import { loadTslabDisplay } from './tslab-display.js';

const PARENT_CHECK_MS = 2000;
/** So long nothing is asked of the kernel before it reads modulab's types ahead. */
const AHEAD_MS = 300;

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const connection = JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as ConnectionInfo;
// Both have threads, which start while the rest is loaded.
const session = new Session(process.cwd(), { globals: INPUT_GLOBALS });
const control = new ControlChannel(connection);
addProjectPackages(projectRoot);
const server = new KernelServer(connection, session, control, loadTslabDisplay());

process.on('SIGINT', () => session.interrupt());
process.on('uncaughtException', (error) => tellLate('UncaughtException', error));
process.on('unhandledRejection', (reason) => tellLate('UnhandledPromiseRejection', reason));

/** What nobody waits for belongs to the cell that ran last. */
function tellLate(kind: string, error: unknown): void {
  console.error(`${kind}: ${session.failureOf(error).traceback.join('\n')}`);
}

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, PARENT_CHECK_MS).unref();

session
  .prepare()
  .then(() => setTimeout(() => void session.readAhead(), AHEAD_MS).unref())
  .catch((error: unknown) => console.error(session.failureOf(error).traceback.join('\n')));
server.start().catch(fail);
