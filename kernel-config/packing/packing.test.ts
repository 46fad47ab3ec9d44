import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../session/project-root.js';
import { esmFace, packageEntries } from './package-entries.js';
import { OPTIONAL, packageManifest, type ProjectManifest } from './package-manifest.js';
import { packagesOf, reachableFiles } from './reachable-files.js';
import { writePackage } from './write-package.js';

const project = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as ProjectManifest;

test('every namespace of the library is an entry of its own', () => {
  const entries = packageEntries(
    "export * as plot from './plot/index.js';\nexport * as tf from './tf.js';\nexport { a } from './a.js';\n",
  );
  assert.deepEqual(
    entries.map(({ path: name, commonJs, esm }) => [name, commonJs, esm]),
    [
      ['.', './dist/lib/index', './dist/esm/index.mjs'],
      ['./plot', './dist/lib/plot/index', './dist/esm/plot.mjs'],
      ['./tf', './dist/lib/tf', './dist/esm/tf.mjs'],
    ],
  );
  const { code, types } = esmFace(entries[1], ['of', 'all']);
  assert.equal(code, "import $modulab from '../lib/plot/index.js';\nexport const {\n  of,\n  all,\n} = $modulab;\n");
  assert.equal(types, "export * from '../lib/plot/index.js';\n");
});

test('what a module needs is followed through imports of every kind, and what leads nowhere is an error', () => {
  const files = new Map([
    ['a/one.js', "const x = require('./two.js'); const y = import('../b/three.js'); require('pngjs');"],
    ['a/two.js', ''],
    ['b/three.js', "require('../a/one.js'); require('node:fs'); require('@a/b/c.js');"],
    ['b/four.js', ''],
    ['a/lost.js', "require('./nowhere.js')"],
  ]);
  const read = (file: string) => files.get(file);
  assert.deepEqual([...reachableFiles(['a/one.js'], '.js', read)].sort(), ['a/one.js', 'a/two.js', 'b/three.js']);
  assert.throws(() => reachableFiles(['a/lost.js'], '.js', read), /a\/nowhere\.js is not there/);
  assert.deepEqual(packagesOf(files.get('b/three.js') ?? ''), ['@a/b']);
});

test('a dependency that is optional in the package is a peer of a version that is compatible', () => {
  const manifest = packageManifest(project, packageEntries('')) as Record<string, Record<string, unknown>>;
  for (const name of Object.keys(OPTIONAL)) {
    assert.equal(manifest.dependencies[name], undefined, name);
    assert.match(String(manifest.peerDependencies[name]), /^\^\d/);
    assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true });
  }
  assert.equal(manifest.dependencies['@tensorflow/tfjs-core'], project.dependencies['@tensorflow/tfjs-core']);
  assert.equal(manifest.scripts, undefined);
});

test('the package has what it imports, and nothing that nobody uses', (t) => {
  const folder = fs.mkdtempSync(path.join(projectRoot, '.build', 'package-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const files = writePackage(projectRoot, folder);
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
    exports: Record<string, { import: Record<string, string>; require: Record<string, string> } | string>;
    typesVersions: { '*': Record<string, string[]> };
    bin: { modulab: string };
  };
  assert.deepEqual(
    files.filter((file) => /\.(test|fixture)\.|\.map$|\.tsbuildinfo$/.test(file)),
    [],
  );

  const code = files.filter((file) => /^(dist|kernel-config)\/.*\.(js|mjs|cjs)$/.test(file));
  // Long strings go on in the next line.
  const texts = code.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').replaceAll('\\\n', ''));
  const known = { ...manifest.dependencies, ...manifest.peerDependencies };
  const builtIn = ['fs', 'path', 'worker_threads', 'modulab'];
  // danfo and types of plotly are named in types only; tslab's compiler is a part of tslab.
  const imported = new Set(texts.flatMap(packagesOf));
  const unknown = [...imported].filter(
    (name) => !(name in known) && !builtIn.includes(name) && !name.startsWith('@tslab/'),
  );
  assert.deepEqual(unknown, []);
  const named = (name: string) =>
    texts.some((text) => text.includes(name)) ||
    fs.readFileSync(path.join(folder, 'kernel-config/setup/cxx.mjs'), 'utf8').includes(name);
  assert.deepEqual(
    Object.keys(manifest.dependencies).filter((name) => !named(name)),
    [],
  );

  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : [...Object.values(entry.import), ...Object.values(entry.require)],
  );
  targets.push(manifest.bin.modulab, ...Object.values(manifest.typesVersions['*']).flat());
  assert.deepEqual(
    targets.filter((file) => !files.includes(path.posix.normalize(file))),
    [],
  );
  for (const name of ['.', './plot', './models', './workshop', './tf']) assert.ok(name in manifest.exports, name);
  assert.match(fs.readFileSync(path.join(folder, manifest.bin.modulab), 'utf8'), /^#!\/usr\/bin\/env node\n/);
});
