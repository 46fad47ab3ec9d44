import path from 'node:path';
import type { ImportGraph } from './import-graph.js';

/** Files that are no code, and where the tests lie that read them. The first pattern that fits counts. */
const READ_BY: readonly (readonly [files: RegExp, tests: RegExp])[] = [
  [/^notebooks\/workshop\//, /^kernel-config\/notebooks\/workshop|^lib\/workshop\//],
  [/^notebooks\/.*\.ipynb$/, /^kernel-config\/notebooks\//],
  [/\.md$/, /^kernel-config\/guards\//],
  [/^lib\/backend\/onednn\/addon\//, /^lib\/backend\/|^kernel-config\/setup\//],
  [/^lib\/.*\/snapshots\//, /^lib\/plot\//],
  [/^lib\/plot\/page\//, /^lib\/plot\/|^kernel-config\/repl\//],
  [/^kernel-config\//, /^kernel-config\//],
  [/^data\//, /^lib\/datasets\//],
  [/^\.|^(CITATION|LICENSE|issues)/, /^kernel-config\/guards\//],
];

/**
 * The tests that import a changed file, however far round, and those that read one. A change that is understood by none of
 * this, as one of package.json, is of all tests. Notebooks use the library as a package: their runs are not among the tests
 * of a change of the library.
 * @param graph who imports whom, tests included
 * @param changed paths of changed files, relative to the project; those that are gone as well
 */
export function affectedTests(graph: ImportGraph, changed: readonly string[]): string[] {
  const tests = [...graph.keys()].filter((file) => file.endsWith('.test.ts')).sort();
  const importers = importersOf(graph);
  const reached = new Set<string>();
  for (const file of changed) {
    if (/\.ts$/.test(file)) {
      reach(file, importers, tests, reached);
      continue;
    }
    const reader = READ_BY.find(([files]) => files.test(file));
    if (!reader) return tests;
    tests.filter((test) => reader[1].test(test)).forEach((test) => reached.add(test));
  }
  return tests.filter((test) => reached.has(test));
}

function importersOf(graph: ImportGraph): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const [file, targets] of graph) {
    for (const target of targets) importers.set(target, [...(importers.get(target) ?? []), file]);
  }
  return importers;
}

function reach(
  file: string,
  importers: ReadonlyMap<string, readonly string[]>,
  tests: readonly string[],
  reached: Set<string>,
): void {
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(importers.get(next) ?? testsBeside(next, tests)));
  }
}

/** What nobody imports is started by its path, as workers and commands are, by tests of its folder. */
function testsBeside(file: string, tests: readonly string[]): string[] {
  const folder = path.posix.dirname(file);
  return file.endsWith('.test.ts') ? [] : tests.filter((test) => path.posix.dirname(test) === folder);
}
