/**
 * The project's tests.
 *   npm test                            all
 *   npm test -- lib/surgery             those whose path contains one of the words
 *   npm test -- --changed               those that import or read what is not committed yet
 *   npm test -- --changed --since main  and what has been committed since the branch left main
 *   npm test -- --all                   all, and those that only continuous integration has the time for
 */
import { setMaxListeners } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { affectedTests } from '../guards/affected-tests.js';
import { changedFiles } from '../guards/changed-files.js';
import { importGraph } from '../guards/import-graph.js';
import { projectFiles, readProjectFile } from '../guards/project-files.js';
import { slowestFiles } from '../guards/slowest-files.js';
import { groupProgram, testGroups } from '../guards/test-groups.js';
import { projectRoot } from '../session/project-root.js';
import { runCommand, UsageError } from './run-command.js';

/** Files at a time: one more than a small machine has cores, since kernels, browsers and children are waited for. */
const LANES = 3;
/** Files that take longest, or folders of such; they start first, in this order, so that no lane ends alone. */
const LONG = [
  'kernel-config/notebooks/notebooks',
  'lib/plot/figures/all-figures',
  'kernel-config/notebooks/',
  'kernel-config/commands/reproduce',
  'kernel-config/guards/examples',
  'lib/split/',
  'lib/models/architectures/published/',
  'lib/plot/',
];

/** Those of the library's that fill a lane by themselves. */
const OWN_LANE = /^lib\/plot\/figures\/all-figures|^lib\/models\/architectures\/published\//;

function testFiles(words: readonly string[], since: string | undefined): string[] {
  const files = projectFiles(['lib', 'kernel-config', 'bench'], ['.ts']);
  const tests =
    since === undefined
      ? files.filter((file) => file.endsWith('.test.ts'))
      : affectedTests(importGraph(new Map(files.map((file) => [file, readProjectFile(file)]))), changedFiles(since));
  const wanted = tests.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (wanted.length === 0 && since === undefined) {
    throw new UsageError(`No test file's path contains ${words.map((word) => `'${word}'`).join(' or ')}.`);
  }
  return wanted.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Of a file that is not in LONG: behind those that are. */
function placeOf(file: string): number {
  const place = LONG.findIndex((start) => file.startsWith(start));
  return place < 0 ? LONG.length : place;
}

/** Long files first, then groups, then what takes a second: that fills the lanes to the end. */
function startingOrder(groups: readonly string[][]): string[][] {
  const place = ([first = '', ...others]: readonly string[]) => placeOf(first) + (others.length > 0 ? 0 : 0.5);
  return [...groups].sort((a, b) => place(a) - place(b));
}

const dist = path.join(projectRoot, 'dist');

/** What a process runs for a group of test files: the only file, or a program that is written for them. */
function programOf(group: readonly string[], number: number): string {
  const [first] = group;
  if (first !== undefined && group.length === 1) return path.join(dist, first.replace(/\.ts$/, '.js'));
  const file = path.join(dist, 'test-groups', `${number}.js`);
  fs.writeFileSync(file, groupProgram(group, dist));
  return file;
}

/** Runs the groups in the order given, which `node --test` would not keep. Gives whether none failed. */
async function runTestFiles(groups: readonly (readonly string[])[], signal: AbortSignal): Promise<boolean> {
  fs.mkdirSync(path.join(dist, 'test-groups'), { recursive: true });
  const files = groups.map(programOf);
  const sources = new Set(groups.flat());
  const seconds = new Map<string, number>();
  let failed = false;
  setMaxListeners(0, signal); // every file listens
  const events = run({ files, concurrency: LANES, signal });
  events.on('test:fail', ({ todo }) => (failed ||= todo === undefined || todo === false));
  // A file is a test as well, or a suite, which its path names.
  events.on('test:complete', ({ name, details }) => {
    const source = sources.has(name) ? name : path.relative(dist, path.resolve(name)).replace(/\.js$/, '.ts');
    if (sources.has(source)) seconds.set(source, details.duration_ms / 1000);
  });
  const lines = events.pipe(new SpecReporter());
  lines.pipe(process.stdout, { end: false });
  await finished(lines, { writable: false });
  process.stdout.write(slowestFiles(seconds));
  return !failed;
}

runCommand({
  usage: `Usage: npm test [-- WORD … --changed --since COMMIT --all]
  WORD …          only test files whose path contains one of them, e.g. lib/surgery
  --changed       only those that import or read what is not committed yet, new files included; no runs of notebooks for a
                  change of the library
  --since COMMIT  with --changed: and what was committed since the present branch left COMMIT, e.g. main
  --all           as in continuous integration: every notebook and every row of the papers' tables, a hundred classes in every figure`,
  options: { changed: { type: 'boolean' }, since: { type: 'string' }, all: { type: 'boolean' } },
  async run({ positionals, values: { changed, since, all: thorough } }, interrupts) {
    if (thorough) process.env['MODULAB_TEST_ALL'] = '1'; // for the test files' processes
    if (since !== undefined && !changed) throw new UsageError('--since COMMIT goes with --changed.');
    const files = testFiles(positionals, changed ? (since ?? 'HEAD') : undefined);
    if (files.length === 0) {
      console.log('No test depends on what has changed.');
      return;
    }
    // A few files are easier to tell apart in processes of their own.
    const all = positionals.length === 0 && !changed;
    const groups = all ? startingOrder(testGroups(files, readProjectFile, (file) => OWN_LANE.test(file))) : null;
    return runTestFiles(groups ?? files.map((file) => [file]), interrupts.heed());
  },
});
