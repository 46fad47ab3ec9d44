import type { Action } from '../run-command.js';
import type { CommandEntry } from './command-entry.js';
import {
  diagnoseEntry,
  evaluateEntry,
  patchEntry,
  predictEntry,
  simplifyEntry,
  splitEntry,
  treatEntry,
} from './methods.js';
import {
  buildNativeEntry,
  completionEntry,
  dataEntry,
  doctorEntry,
  kernelEntry,
  notebookEntry,
  replEntry,
} from './tools.js';

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
  tool(diagnoseEntry, async () => (await import('../program/methods/diagnose.js')).diagnose),
  tool(evaluateEntry, async () => (await import('../program/methods/evaluate.js')).evaluate),
  tool(predictEntry, async () => (await import('../program/methods/predict.js')).predict),
  tool(splitEntry, async () => (await import('../program/methods/split.js')).split),
  tool(patchEntry, async () => (await import('../program/methods/patch.js')).patch),
  tool(simplifyEntry, async () => (await import('../program/methods/simplify.js')).simplify),
  tool(treatEntry, async () => (await import('../program/methods/treat.js')).treat),
  tool(dataEntry, async () => (await import('../data.js')).data),
  tool(kernelEntry, async () => (await import('../kernel.js')).kernel, ['tslab', 'typescript', 'zeromq']),
  tool(replEntry, async () => (await import('../repl.js')).repl, ['typescript', 'plotly.js-dist']),
  tool(notebookEntry, async () => (await import('../notebook.js')).notebook, ['tslab', 'typescript', 'zeromq']),
  tool(buildNativeEntry, async () => (await import('../program/build-native.js')).buildNative),
  tool(completionEntry, async () => (await import('../program/completion.js')).completion),
  tool(doctorEntry, async () => (await import('../program/doctor.js')).doctor),
];
