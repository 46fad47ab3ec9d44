import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectFolder } from '../../run/project-folder.js';
import { AddonError, loadAddon } from './addon-file.js';

let root: string;
before(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-addon-'))));
after(() => fs.rmSync(root, { recursive: true, force: true }));

const build = (): string => path.join(root, '.build/onednn');

/** A project with an addon of ten bytes and a record that fits it, apart from `change`. */
function leave(change: Record<string, unknown> = {}): void {
  fs.rmSync(path.join(root, '.build'), { recursive: true, force: true });
  fs.mkdirSync(build(), { recursive: true });
  fs.writeFileSync(path.join(build(), 'modulab.node'), '0123456789');
  const { platform, arch } = process;
  const record = { sources: 'x', size: 10, platform, arch, features: [], napi: 8, ...change };
  fs.writeFileSync(path.join(build(), 'build.json'), JSON.stringify(record));
}

/** The reason, which must fit into the line that names the backend. */
function reason(): string {
  try {
    loadAddon(root);
  } catch (error) {
    assert.ok(error instanceof AddonError);
    assert.ok(error.message.length <= 160 && !error.message.includes('\n'), error.message);
    return error.message;
  }
  return assert.fail('the addon was loaded');
}

describe(
  'an addon that cannot be used says why',
  { skip: process.env.MODULAB_NATIVE === '0' && 'MODULAB_NATIVE=0' },
  () => {
    test('not built', () => {
      assert.equal(reason(), 'not built; npm run build:native');
    });

    test('a build that failed, with the reason that was remembered', () => {
      fs.mkdirSync(path.join(root, '.build'), { recursive: true });
      const file = path.join(root, '.build/onednn-failure.json');
      for (const missing of ['no C++ compiler', "oneDNN's headers are not there"]) {
        fs.writeFileSync(file, JSON.stringify({ reason: missing }));
        assert.ok(reason().startsWith(`not built: ${missing} (`), reason());
        assert.match(reason(), /install .*; npm run build:native$/);
      }
      fs.writeFileSync(file, JSON.stringify({ reason: 'it does not compile: pooling.cc: error: what' }));
      assert.equal(reason(), 'not built: it does not compile: pooling.cc: error: what; npm run build:native');
      fs.writeFileSync(file, '{');
      assert.equal(reason(), 'not built; npm run build:native');
    });

    test('half built: no record, an unreadable one, another size', () => {
      leave();
      fs.rmSync(path.join(build(), 'build.json'));
      assert.match(reason(), /^built by halves;/);
      for (const content of ['', '{"size": 10', '[]', '7', 'null']) {
        fs.writeFileSync(path.join(build(), 'build.json'), content);
        assert.match(reason(), /^built by halves;/);
      }
      leave({ size: 11 });
      assert.match(reason(), /^built by halves;/);
    });

    test('another system, another processor, a newer Node-API', () => {
      leave({ platform: 'plan9' });
      assert.match(reason(), /^built for plan9 /);
      leave({ arch: 's390x' });
      assert.match(reason(), /^built for \w+ s390x, not for /);
      leave({ features: ['avx4096'] });
      assert.match(reason(), /^built for another processor, with avx4096;/);
      leave({ napi: 99 });
      assert.match(reason(), /newer Node/);
    });

    test('other sources', () => {
      const sources = path.join(root, 'lib/backend/onednn/addon');
      fs.mkdirSync(sources, { recursive: true });
      fs.mkdirSync(path.join(root, 'kernel-config/setup'), { recursive: true });
      fs.writeFileSync(path.join(sources, 'addon.cc'), '');
      fs.writeFileSync(path.join(root, 'kernel-config/setup/cxx.mjs'), '');
      leave();
      assert.match(reason(), /^built from other sources than these;/);
      fs.rmSync(path.join(root, 'lib'), { recursive: true });
    });

    test('a file that the system refuses', () => {
      leave();
      assert.match(reason(), /^does not load: /);
      assert.ok(!reason().includes(root), reason());
    });
  },
);

test('MODULAB_NATIVE=0 leaves the addon out', () => {
  const code = `const { openBackend } = require(${JSON.stringify(path.join(projectFolder(), 'dist/lib/index.js'))});
    openBackend();`;
  const env = { ...process.env, MODULAB_NATIVE: '0', MODULAB_BACKEND: '' };
  const { stdout, status } = spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^modulab computes with .*onednn: left out by MODULAB_NATIVE=0/);
});
