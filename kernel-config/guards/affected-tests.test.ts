import assert from 'node:assert/strict';
import { test } from 'node:test';
import { affectedTests } from './affected-tests.js';

const graph = new Map([
  ['lib/a.ts', []],
  ['lib/b.ts', ['lib/a.ts']],
  ['lib/a.test.ts', ['lib/a.ts']],
  ['lib/b.test.ts', ['lib/b.ts']],
  ['lib/c.test.ts', []],
  ['kernel-config/notebooks/notebooks.test.ts', []],
  ['kernel-config/guards/links.test.ts', []],
]);

test('tests that import what changed, directly or round a corner, run', () => {
  assert.deepEqual(affectedTests(graph, ['lib/a.ts']), ['lib/a.test.ts', 'lib/b.test.ts']);
  assert.deepEqual(affectedTests(graph, ['lib/b.ts']), ['lib/b.test.ts']);
  assert.deepEqual(affectedTests(graph, ['lib/c.test.ts']), ['lib/c.test.ts']);
  assert.deepEqual(affectedTests(graph, []), []);
});

test('what is read and not imported has its readers', () => {
  assert.deepEqual(affectedTests(graph, ['notebooks/01-split.ipynb']), ['kernel-config/notebooks/notebooks.test.ts']);
  assert.deepEqual(affectedTests(graph, ['README.md']), ['kernel-config/guards/links.test.ts']);
});

test('what is started by its path has the tests beside it', () => {
  const workers = new Map([...graph, ['lib/split/one.worker.ts', ['lib/a.ts']], ['lib/split/one.test.ts', []]]);
  assert.deepEqual(affectedTests(workers, ['lib/split/one.worker.ts']), ['lib/split/one.test.ts']);
  assert.ok(affectedTests(workers, ['lib/a.ts']).includes('lib/split/one.test.ts'));
});

test('a change that nobody is known to read runs everything', () => {
  assert.equal(affectedTests(graph, ['lib/a.ts', 'package.json']).length, 5);
});
