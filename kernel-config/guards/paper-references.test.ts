/** Comments that name a section of a paper's page name one that is there. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pageSections, paperReferences } from './paper-references.js';
import { projectFiles, readProjectFile } from './project-files.js';

const PAGES = new Map(
  projectFiles(['notebooks/papers'], ['.md'])
    .filter((file) => !file.endsWith('README.md'))
    .map((file) => [path.basename(file, '.md'), pageSections(readProjectFile(file))]),
);
const NAMES = new Set(PAGES.keys());

test('every section that the code and the notebooks refer to is on its page', () => {
  const lost: string[] = [];
  let followed = 0;
  for (const file of projectFiles(['lib', 'kernel-config', 'bench', 'notebooks'], ['.ts', '.mjs', '.ipynb'])) {
    if (file.startsWith('kernel-config/guards/')) continue; // these speak of references
    for (const { page, section, line } of paperReferences(readProjectFile(file), NAMES)) {
      followed++;
      if (page === undefined) lost.push(`${file}:${line}: §${section} of no page; pages are ${[...NAMES].join(', ')}`);
      else if (!PAGES.get(page)?.has(section)) lost.push(`${file}:${line}: ${page} has no §${section}`);
    }
  }
  assert.deepEqual(lost, []);
  assert.ok(followed > 200, `only ${followed} references were found`);
});

test('references are read with their ranges, lists and line breaks', () => {
  const pages = new Set(['cnnsplitter', 'doctor', 'modular-training']);
  const found = (text: string) => paperReferences(text, pages).map(({ page, section }) => `${page} ${section}`);
  assert.deepEqual(found('(spec cnnsplitter §2.7)'), ['cnnsplitter 2.7']);
  assert.deepEqual(found('spec doctor §2.1–2.3, §4; cnnsplitter §5'), [
    'doctor 2.1',
    'doctor 2.3',
    'doctor 4',
    'cnnsplitter 5',
  ]);
  assert.deepEqual(found(' * as in spec\n * modular-training §3'), ['modular-training 3']);
  assert.deepEqual(found('(spec doctor §2) and later (§2.4)'), ['doctor 2', 'doctor 2.4']);
  assert.deepEqual(found('(spec doctor §2) and later (spec §2.4)'), ['doctor 2', 'undefined 2.4']);
});

test('sections of a page are its numbered headings and the numbered items under them', () => {
  const page =
    '# Title\n\n## 2. Method\n\n1. first\n2. second\n\n### 2.3 Part\n\ntext\n\n## Appendix\n\n1. not counted\n';
  assert.deepEqual([...pageSections(page)], ['2', '2.1', '2.2', '2.3']);
});
