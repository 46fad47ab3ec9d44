import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadAddon } from '../../lib/backend/onednn/addon-file.js';
import { projectRoot } from '../session/project-root.js';

interface Options {
  root: string;
  env: NodeJS.ProcessEnv;
  say?: (line: string) => void;
}
interface BuildNative {
  isNativeSettled: (options: Options) => boolean;
  ensureNative: (options: Options) => Promise<void>;
}

const HEADER_PACKAGES = ['node-addon-api', 'node-api-headers'];

let native: BuildNative;
let folder: string;
let root: string;
before(async () => {
  const file = path.join(projectRoot, 'kernel-config/setup/build-native.mjs');
  native = (await import(pathToFileURL(file).href)) as BuildNative;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-build-native-'));
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A project with one source file and the packages that have the headers. */
beforeEach(() => {
  root = fs.mkdtempSync(path.join(folder, 'project-'));
  fs.mkdirSync(path.join(root, 'lib/backend/onednn/addon'), { recursive: true });
  fs.mkdirSync(path.join(root, 'kernel-config/setup'), { recursive: true });
  fs.writeFileSync(path.join(root, 'lib/backend/onednn/addon/addon.cc'), 'int one;\n');
  fs.writeFileSync(path.join(root, 'kernel-config/setup/cxx.mjs'), '');
  for (const name of HEADER_PACKAGES) fs.mkdirSync(path.join(root, 'node_modules', name), { recursive: true });
});

/** A compiler that does what the shell lines say; `$out` is the file to write and `$*` its arguments. */
function compiler(lines: string): Options['env'] {
  const file = path.join(root, 'c++');
  const script = `#!/bin/sh
echo "$@" >>'${root}/calls'
previous=; out=/dev/null
for word; do [ "$previous" = -o ] && out=$word; previous=$word; done
${lines}
: >"$out"
`;
  fs.writeFileSync(file, script, { mode: 0o755 });
  return { PATH: `${root}:/usr/bin:/bin` };
}

const calls = (): number => {
  const file = path.join(root, 'calls');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};

async function ensure(env: Options['env']): Promise<string[]> {
  const lines: string[] = [];
  await native.ensureNative({ root, env, say: (line) => lines.push(line) });
  return lines;
}

const left = (): string[] => fs.readdirSync(path.join(root, '.build')).sort();

describe('building the native backend', { skip: process.platform === 'win32' && 'not built on Windows' }, () => {
  const fails: Record<string, [script: string, reason: RegExp]> = {
    'a compiler that cannot compile anything': [
      'echo "x.cc:1:10: fatal error: vector: No such file or directory" >&2; exit 1',
      /^the C\+\+ compiler does not work: fatal error: vector: No such file/,
    ],
    'no headers': [
      'if grep -qs dnnl.hpp "$3" "$2"; then echo "t.cc:1: fatal error: dnnl.hpp: No such file or directory" >&2; exit 1; fi',
      /^oneDNN's headers are not there$/,
    ],
    'headers without the library': [
      'case "$*" in *-ldnnl*) echo "/usr/bin/ld: cannot find -ldnnl: No such file or directory" >&2; exit 1;; esac',
      /^oneDNN's library is not there$/,
    ],
    'an error in the sources': [
      'case "$*" in *" -c "*) echo "In file x:" >&2; echo "/a/b.cc:7:1: error: what" >&2; exit 1;; esac',
      /^it does not compile: addon\.cc: error: what$/,
    ],
    'an addon that does not load': ['', /^it does not run: /],
  };
  test('a package with headers that is missing is named', async () => {
    fs.rmSync(path.join(root, 'node_modules/node-api-headers'), { recursive: true });
    assert.match((await ensure(compiler(''))).join(), /the package node-api-headers is not installed/);
  });

  for (const [name, [script, reason]] of Object.entries(fails)) {
    test(`${name}: one line, once, until something changes`, async () => {
      const env = compiler(script);
      assert.equal(native.isNativeSettled({ root, env }), false);
      const lines = await ensure(env);
      assert.equal(lines.length, 2);
      assert.equal(lines[0], 'Building the native backend …');
      assert.match(lines[1], /^The native backend could not be built, which is optional: /);
      assert.ok(!lines[1].includes('\n'));
      const file = path.join(root, '.build/onednn-failure.json');
      assert.match((JSON.parse(fs.readFileSync(file, 'utf8')) as { reason: string }).reason, reason);
      assert.deepEqual(left(), ['onednn-failure.json']);

      const before = calls();
      assert.ok(native.isNativeSettled({ root, env }));
      assert.deepEqual(await ensure(env), []);
      assert.equal(calls(), before, 'the compiler is not called again');

      fs.writeFileSync(path.join(root, 'lib/backend/onednn/addon/addon.cc'), 'int two;\n');
      assert.equal((await ensure(env)).length, 2);
    });
  }

  test('no compiler names the packages; one that appears is tried', async () => {
    const [, line] = await ensure({ PATH: path.join(root, 'nothing') });
    assert.match(line, /no C\+\+ compiler \(.*install .*\)$/);
    assert.deepEqual(await ensure({ PATH: path.join(root, 'nothing') }), []);
    assert.equal((await ensure(compiler('exit 1'))).length, 2);
    const [, given] = await ensure({ PATH: '', CXX: '/no/such/compiler -m64' });
    assert.match(given, /CXX=\/no\/such\/compiler -m64 is not there/);
  });

  test('MODULAB_NATIVE=0 tries nothing', async () => {
    const env = { ...compiler(''), MODULAB_NATIVE: '0' };
    assert.deepEqual(await ensure(env), []);
    assert.equal(calls(), 0);
  });

  test('what an interrupted build has left goes, and a failure keeps what was there', async () => {
    fs.mkdirSync(path.join(root, '.build/onednn.abc.tmp'), { recursive: true });
    fs.mkdirSync(path.join(root, '.build/onednn'));
    fs.writeFileSync(path.join(root, '.build/onednn/modulab.node'), 'old');
    await ensure(compiler(''));
    assert.deepEqual(left(), ['onednn', 'onednn-failure.json']);
    assert.equal(fs.readFileSync(path.join(root, '.build/onednn/modulab.node'), 'utf8'), 'old');
  });

  const built = path.join(projectRoot, '.build/onednn/modulab.node');
  let skip: string | false = false;
  try {
    loadAddon();
  } catch (error) {
    skip = (error as Error).message;
  }
  test('a good build is recorded, loads, and is not repeated', { skip }, async () => {
    const env = compiler(
      `case "$*" in *-shared*|*-bundle*) cp '${built}' "$out"; exit 0;; *--version*) echo 'c++ 1.0';; esac`,
    );
    const lines = await ensure(env);
    assert.match(lines[1], /^Built the native backend in \d+ s \(oneDNN \d+\.\d+\.\d+, c\+\+ 1\.0\)\.$/);
    assert.deepEqual(fs.readdirSync(path.join(root, '.build/onednn')).sort(), ['build.json', 'modulab.node']);
    assert.match(loadAddon(root).version, /^\d/);
    const before = calls();
    assert.deepEqual(await ensure(env), []);
    assert.deepEqual(await ensure({ PATH: '' }), [], 'also when the compiler has gone');
    assert.equal(calls(), before);

    const file = path.join(root, '.build/onednn/modulab.node');
    fs.rmSync(file); // not truncated: it is mapped into this process
    fs.writeFileSync(file, 'half');
    assert.throws(() => loadAddon(root), /built by halves/);
    assert.equal((await ensure(env)).length, 2);
    assert.match(loadAddon(root).version, /^\d/);
  });
});
