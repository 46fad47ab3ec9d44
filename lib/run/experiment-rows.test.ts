import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DataError, InterruptedError, OptionError } from '../errors.js';
import { experimentRows } from './experiment-rows.js';
import { stopAfter } from './stop-after.fixture.js';

const file = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-rows-')), 'sub', 'rows.json');
const plan = { task: 'count', unit: 'rows', keys: ['a', 'b', 'c'], fingerprint: '{"a":1}' };

test('an interrupted experiment goes on behind its last row and ends with the same rows', async () => {
  const checkpoint = file();
  const made: number[] = [];
  const states: (string | undefined)[] = [];
  const make = (index: number, stateFile?: string) => {
    made.push(index);
    states.push(stateFile);
    if (stateFile) fs.mkdirSync(path.dirname(stateFile), { recursive: true });
    if (stateFile) fs.writeFileSync(stateFile, 'state');
    return Promise.resolve({ index, precision: index === 1 ? null : 0.1 + 0.2 * index });
  };
  const stopped = experimentRows({ ...plan, checkpoint, signal: stopAfter(2) }, make);
  await assert.rejects(stopped, (e: unknown) => e instanceof InterruptedError && /2 of 3 rows/.test(e.message));
  const seen: number[] = [];
  const rows = await experimentRows({ ...plan, checkpoint, onProgress: (e) => seen.push(e.doneHere) }, make);
  assert.deepEqual(made, [0, 1, 2]);
  assert.deepEqual(seen, [1]);
  assert.ok(states.every((state) => state !== undefined && !fs.existsSync(state)));
  assert.deepEqual(rows, await experimentRows(plan, make));
  assert.equal(states[states.length - 1], undefined);
});

test('a state that an earlier experiment has left beside its deleted file is removed before a row is made', async () => {
  const checkpoint = file();
  const states: string[] = [];
  const leave = (_: number, state?: string) => {
    fs.writeFileSync(state!, 'state');
    states.push(state!);
    return Promise.reject(new Error('the machine went down'));
  };
  await assert.rejects(experimentRows({ ...plan, checkpoint }, leave), /went down/);
  assert.ok(fs.existsSync(states[0]));
  const seen = (_: number, state?: string) => Promise.resolve(fs.existsSync(state!));
  assert.equal((await experimentRows({ ...plan, checkpoint }, seen))[0], true, 'the same experiment goes on with it');
  await assert.rejects(experimentRows({ ...plan, checkpoint: `${checkpoint}2` }, leave), /went down/);
  fs.rmSync(`${checkpoint}2`);
  assert.deepEqual(await experimentRows({ ...plan, checkpoint: `${checkpoint}2` }, seen), [false, false, false]);
});

test('rows of another experiment and other files are refused and left alone', async () => {
  const checkpoint = file();
  const make = (index: number) => Promise.resolve(index);
  await experimentRows({ ...plan, checkpoint }, make);
  const before = fs.readFileSync(checkpoint, 'utf8');
  await assert.rejects(experimentRows({ ...plan, checkpoint, fingerprint: 'two' }, make), OptionError);
  assert.equal(fs.readFileSync(checkpoint, 'utf8'), before);
  for (const content of ['no json', '[]', 'null', '{"format":"other"}']) {
    fs.writeFileSync(checkpoint, content);
    await assert.rejects(experimentRows({ ...plan, checkpoint }, make), DataError, content);
  }
});
