/** No folder holds more files than anyone looks through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crowdedFolders, MOST_FILES } from './crowded-folders.js';
import { projectFiles } from './project-files.js';

const SOURCES = ['.ts', '.mjs', '.cjs', '.cc', '.h', '.css', '.html'];
const files = projectFiles(['lib', 'kernel-config', 'bench'], SOURCES);

test('no folder is crowded', () => {
  assert.deepEqual(crowdedFolders(files), []);
});

test('one file more than that is found, tests and other folders left out', () => {
  const folder = Array.from({ length: MOST_FILES }, (_, i) => `lib/plot/figures/${i}.ts`);
  const beside = ['lib/plot/figures/a.test.ts', 'lib/plot/figures/b.fixture.ts', 'lib/plot/figures/split/c.ts'];
  assert.deepEqual(crowdedFolders([...folder, ...beside]), []);
  assert.match(crowdedFolders([...folder, 'lib/plot/figures/more.ts']).join(), /^lib\/plot\/figures: 26 files; cut/);
});
