import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { OptionError } from '../../lib/errors.js';
import { ResultFolder } from './result-folder.js';

const IDENTITY = { command: 'diagnose', model: '/m', images: 'photos', options: { seed: '1' } };

function emptyFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-results-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'out');
}

const open = (folder: string, { identity = IDENTITY, force = false } = {}): ResultFolder =>
  ResultFolder.open(folder, { identity: identity, version: '1.2.3', force });

function finished(folder: string): void {
  const run = open(folder);
  run.write('a.csv', 'a');
  run.write('modules/cat/x.json', '{}');
  run.finish();
}

test('a run that is done has nothing to do for the same call, as long as its files are as they were', (t) => {
  const folder = emptyFolder(t);
  finished(folder);
  assert.deepEqual(open(folder).done, ['a.csv', 'modules/cat/x.json']);
  fs.writeFileSync(path.join(folder, 'a.csv'), 'changed by hand');
  assert.equal(open(folder).done, null);
});

test('nothing of another call, and no other file, is overwritten unless that is asked for', (t) => {
  const folder = emptyFolder(t);
  finished(folder);
  const other = { ...IDENTITY, options: { seed: '2' } };
  assert.throws(
    () => open(folder, { identity: other }),
    (error: Error) => {
      assert.ok(error instanceof OptionError);
      assert.match(error.message, /another call \(options: \{"seed":"1"\} there, \{"seed":"2"\} now\).*--force/);
      return true;
    },
  );
  const foreign = `${folder}-2`;
  fs.mkdirSync(foreign);
  fs.writeFileSync(path.join(foreign, 'thesis.txt'), 'mine');
  assert.throws(() => open(foreign), /holds other files, and nothing is overwritten/);
  const run = open(foreign, { force: true });
  run.write('a.csv', 'b');
  run.finish();
  assert.deepEqual(fs.readdirSync(foreign).sort(), ['a.csv', 'run.json', 'thesis.txt']);
});

test('what is overwritten stays until the new results are there, and then nothing of it is left', (t) => {
  const folder = emptyFolder(t);
  finished(folder);
  const run = open(folder, { identity: { ...IDENTITY, images: 'others' }, force: true });
  assert.equal(fs.readFileSync(path.join(folder, 'a.csv'), 'utf8'), 'a');
  run.write('b.csv', 'b');
  run.finish();
  assert.equal(fs.existsSync(path.join(folder, 'a.csv')), false);
  assert.deepEqual(open(folder, { identity: { ...IDENTITY, images: 'others' } }).done, ['b.csv']);
});

test('a run that was stopped goes on from its checkpoint, with the same call only', (t) => {
  const folder = emptyFolder(t);
  const run = open(folder);
  assert.equal(run.resumed, false);
  fs.writeFileSync(path.join(run.checkpoint, 'state'), 'half');
  const again = open(folder);
  assert.deepEqual([again.resumed, again.done], [true, null]);
  assert.equal(fs.readFileSync(path.join(again.checkpoint, 'state'), 'utf8'), 'half');
  assert.throws(() => open(folder, { identity: { ...IDENTITY, model: '/other' } }), /results of another call/);
  again.write('a.csv', 'a');
  again.finish();
  assert.equal(fs.existsSync(path.join(folder, 'checkpoint')), false);
  const anew = open(folder, { force: true });
  assert.deepEqual([anew.resumed, anew.done], [false, null]);
});

test('a call that came to nothing, as with a name that was mistyped, is in nobody’s way', (t) => {
  const folder = emptyFolder(t);
  const run = open(folder, { identity: { ...IDENTITY, model: '/mistyped' } });
  assert.ok(fs.existsSync(run.checkpoint));
  assert.equal(open(folder).resumed, false);
});
