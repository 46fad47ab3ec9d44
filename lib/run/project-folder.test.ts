import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { packageVersion } from './package-version.js';
import { projectFolder } from './project-folder.js';

test("the project's folder is the one with modulab's package.json, and the version is the one written there", () => {
  const file = path.join(projectFolder(), 'package.json');
  const { name, version } = JSON.parse(fs.readFileSync(file, 'utf8')) as { name: string; version: string };
  assert.equal(name, 'modulab');
  assert.equal(packageVersion(), version);
  assert.ok(fs.existsSync(path.join(projectFolder(), 'data', 'manifest.json')));
});

test("packages of another name are passed over, and without modulab's there is a clear error instead of a search without end", (t) => {
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-project-folder-')));
  t.after(() => fs.rmSync(top, { recursive: true, force: true }));
  const inner = path.join(top, 'dist', 'lib', 'run');
  fs.mkdirSync(inner, { recursive: true });
  const copy = path.join(inner, 'project-folder.js');
  fs.copyFileSync(path.join(__dirname, 'project-folder.js'), copy);
  fs.writeFileSync(path.join(top, 'dist', 'package.json'), '{ "type": "commonjs" }');
  const copied = createRequire(copy)(copy) as { projectFolder: typeof projectFolder };
  assert.throws(copied.projectFolder, /There is no package\.json of modulab above/);
  fs.writeFileSync(path.join(top, 'package.json'), '{ "name": "modulab" }');
  assert.equal(copied.projectFolder(), top);
});
