import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, MODULAB_DATA: undefined };
  return spawnSync(process.execPath, [path.join(__dirname, 'data.js'), ...args], { encoding: 'utf8', env });
}

function emptyFolder(t: TestContext): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'modulab-cli-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('list names every set and where it was looked for', (t) => {
  const dir = emptyFolder(t);
  mkdirSync(path.join(dir, 'svhn'));
  writeFileSync(path.join(dir, 'svhn', 'test_32x32.mat'), 'there');
  const { status, stdout } = run('list', '--dir', dir);
  assert.equal(status, 0);
  assert.match(stdout, /synthetic +built in/);
  assert.match(stdout, /cifar10 +absent \(fetch cifar10: 170\.1 MB\)/);
  assert.ok(stdout.includes(path.join(dir, 'svhn')));
});

test('verify fails on a damaged and on a missing set, and passes over absent ones', (t) => {
  const dir = emptyFolder(t);
  assert.equal(run('verify', '--dir', dir).status, 0);
  const missing = run('verify', 'mnist', '--dir', dir);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /npm run data -- fetch mnist/);
  mkdirSync(path.join(dir, 'svhn'));
  for (const split of ['train', 'test']) writeFileSync(path.join(dir, 'svhn', `${split}_32x32.mat`), 'short');
  const damaged = run('verify', '--dir', dir);
  assert.equal(damaged.status, 1);
  assert.match(damaged.stdout, /svhn: damaged/);
  assert.match(damaged.stderr, /train_32x32\.mat: expected a MATLAB 5 file.*got 5 bytes/);
});

test('wrong usage prints the commands and has status 2', () => {
  for (const args of [
    ['fetch'],
    ['fetch', 'synthetic'],
    ['fetch', 'cifar'],
    ['list', 'x'],
    ['nope'],
    ['verify', '--dir'],
  ]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /fetch NAME/);
  }
});
