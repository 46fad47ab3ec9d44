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

/** All commands of `modulab`, in the order of its help. What they do stands in commands.ts. */
export const ENTRIES: readonly CommandEntry[] = [
  diagnoseEntry,
  evaluateEntry,
  predictEntry,
  splitEntry,
  patchEntry,
  simplifyEntry,
  treatEntry,
  dataEntry,
  kernelEntry,
  replEntry,
  notebookEntry,
  buildNativeEntry,
  completionEntry,
  doctorEntry,
];
