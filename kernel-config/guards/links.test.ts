/** Pages lead to files that are there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../session/project-root.js';
import { projectFiles, readProjectFile } from './project-files.js';

/** Targets of the links and pictures of a page that are no addresses, without what follows `#`; code is left out. */
function localLinks(markdown: string): string[] {
  const prose = markdown.replace(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));
}

test('links between pages lead somewhere', () => {
  const lost = projectFiles(['.'], ['.md']).flatMap((page) =>
    localLinks(readProjectFile(page))
      .filter((target) => !fs.existsSync(path.join(projectRoot, path.dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(lost, []);
});

test('links are found in text, not in code or to elsewhere', () => {
  const page = 'See [a](a.md#part), ![b](b/c.png) and [web](https://example.org/x).\n```md\n[no](no.md)\n```\n';
  assert.deepEqual(localLinks(page), ['a.md', 'b/c.png']);
});
