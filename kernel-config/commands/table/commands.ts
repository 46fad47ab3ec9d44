import type { Action } from '../run-command.js';
import type { CommandEntry } from './command-entry.js';
import { buildNativeEntry, dataEntry, doctorEntry, kernelEntry, notebookEntry, replEntry } from './tools.js';

/** One command of `modulab`: what it is, and where what it does is loaded from when it is called. */
export interface ModulabCommand {
  readonly entry: CommandEntry;
  /** Packages that not everybody has installed, and without which it cannot begin. */
  readonly packages?: readonly string[];
  readonly load: () => Promise<unknown>;
}

const tool = <Entry extends CommandEntry>(
  entry: Entry,
  load: () => Promise<Action<Entry>>,
  packages: readonly string[] = [],
): ModulabCommand => ({ entry, load, packages });

/** All commands of `modulab`, in the order of its help. */
export const COMMANDS: readonly ModulabCommand[] = [
  tool(dataEntry, async () => (await import('../data.js')).data),
  tool(kernelEntry, async () => (await import('../kernel.js')).kernel, ['tslab', 'zeromq']),
  tool(replEntry, async () => (await import('../repl.js')).repl, ['tslab', 'plotly.js-dist']),
  tool(notebookEntry, async () => (await import('../notebook.js')).notebook, ['tslab', 'zeromq']),
  tool(buildNativeEntry, async () => (await import('../program/build-native.js')).buildNative),
  tool(doctorEntry, async () => (await import('../program/doctor.js')).doctor),
];
