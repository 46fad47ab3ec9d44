import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../session/project-root.js';
import { projectOptions, typeErrors } from './type-errors.fixture.js';

test('the TypeScript in README.md compiles against the built library', () => {
  const readme = fs.readFileSync(path.join(projectRoot, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  assert.ok(blocks.length > 0, 'README.md has a TypeScript block');
  const files = new Map(blocks.map((code, i) => [path.join(projectRoot, `readme-${i + 1}.mts`), code]));
  assert.deepEqual(typeErrors(files, { ...projectOptions(projectRoot), noUnusedLocals: false }), []);
});
