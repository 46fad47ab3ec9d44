import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { groupProgram, testGroups } from './test-groups.js';

test('small test files of a room share a process; what is long, changes its process or lies elsewhere does not', () => {
  const sources: Record<string, string> = {
    'kernel-config/a.test.ts': '',
    'lib/models/a.test.ts': '',
    'lib/models/b.test.ts': 'process.env.MODULAB_SEED = "1"',
    'lib/models/formats/c.test.ts': '',
    'lib/models/long.test.ts': '',
    'lib/run/d.test.ts': '',
    'lib/run/e.test.ts': 't.mock.method(os, "homedir")',
    'lib/run/f.test.ts': '',
  };
  const groups = testGroups(
    Object.keys(sources),
    (file) => sources[file],
    (file) => file.includes('long'),
  );
  assert.deepEqual(groups, [
    ['kernel-config/a.test.ts'],
    ['lib/models/b.test.ts'],
    ['lib/models/long.test.ts'],
    ['lib/run/e.test.ts'],
    ['lib/models/a.test.ts', 'lib/models/formats/c.test.ts'],
    ['lib/run/d.test.ts', 'lib/run/f.test.ts'],
  ]);
});

test('no file is lost however many a room has', () => {
  const files = Array.from({ length: 40 }, (_, i) => `lib/plot/${i}.test.ts`);
  const groups = testGroups(files, () => '', () => false); // prettier-ignore
  assert.deepEqual(groups.flat(), files);
  assert.ok(groups.length >= 2);
});

test('a group runs every file, each in a suite of its name with its own hooks, and fails when one fails', (t) => {
  const dist = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-group-'));
  t.after(() => fs.rmSync(dist, { recursive: true, force: true }));
  fs.mkdirSync(path.join(dist, 'lib'));
  const file = (name: string, body: string) =>
    fs.writeFileSync(
      path.join(dist, 'lib', `${name}.test.js`),
      `const { test, beforeEach } = require('node:test');\n${body}`,
    );
  file(
    'a',
    `let ready = 0; beforeEach(() => ready++); test('first', () => { if (ready !== 1) throw new Error('hooks'); });`,
  );
  file('b', `test('second', () => { throw new Error('as it should'); });`);
  file('c', `test('third', () => {});`);
  const run = (...names: string[]) => {
    const program = path.join(dist, 'group.js');
    fs.writeFileSync(program, groupProgram(names.map((name) => `lib/${name}.test.ts`), dist)); // prettier-ignore
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { status, stdout } = spawnSync(process.execPath, ['--test-reporter=tap', program], { encoding: 'utf8', env });
    return { status, stdout };
  };
  const good = run('a', 'c');
  assert.equal(good.status, 0, good.stdout);
  assert.match(good.stdout, /# Subtest: lib\/a\.test\.ts\n *# Subtest: first\n *ok/);
  const bad = run('a', 'b', 'c');
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /not ok 1 - second[\s\S]*ok 1 - third/);
});
