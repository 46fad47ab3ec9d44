import { createRequire } from 'node:module';
import type * as ts from '@tslab/typescript-for-tslab';
import { withPendingRebuilds } from './pending-rebuilds.js';
import { addProjectTypes } from './project-modules.js';
import { projectRoot } from './project-root.js';
import { watchShallowly } from './shallow-watching.js';
import { withShorthandProperties } from './shorthand-properties.js';

export interface TslabCompiler {
  /** TypeScript as tslab brings it, unchanged but for where it finds the project's types. */
  readonly typescript: typeof ts;
  /** Requires what tslab depends on, and tslab itself with the repaired compiler. */
  readonly require: NodeJS.Require;
}

/**
 * Loads tslab's TypeScript and repairs it, before tslab takes it: the project's types are found from whatever folder, `{
 * name }` may name a variable of an earlier cell, and packages may change on disk in the meantime.
 */
export function loadTslabCompiler(): TslabCompiler {
  const tslabRequire = createRequire(require.resolve('tslab/package.json'));
  const file = tslabRequire.resolve('@tslab/typescript-for-tslab');
  const typescript = tslabRequire(file) as typeof ts;
  addProjectTypes(typescript.sys, process.cwd(), projectRoot);
  watchShallowly(typescript.sys);
  (require.cache[file] as NodeJS.Module).exports = withPendingRebuilds(withShorthandProperties(typescript));
  return { typescript, require: tslabRequire };
}
