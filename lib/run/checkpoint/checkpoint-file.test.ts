import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { DataError, OptionError, StorageError } from '../../errors.js';
import { seedStream } from '../mt19937.js';
import { unfinishedName } from '../write-file.js';
import { checkpointFile } from './checkpoint-file.js';

const FORMAT = checkpointFile<{ step: number }>('trial', 2);
const about = JSON.stringify({ options: { epochs: 4, rates: [1, 2] }, images: 'abc' });
const arrays = () => ({
  weights: [
    { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 0.1) },
    { shape: [], values: Float32Array.of(NaN) },
  ],
  sums: [{ shape: [2], values: Float64Array.of(0.1, -1e300) }],
  counts: [{ shape: [3], values: Int32Array.of(-1, 0, 2 ** 30) }],
  bits: [{ shape: [3], values: Buffer.from([1, 2, 255]) }],
  none: [],
});

let folder: string;
let file: string;
beforeEach((t) => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-checkpoint-'));
  file = path.join(folder, 'run é.checkpoint');
  (t as { after?: (f: () => void) => void }).after?.(() => fs.rmSync(folder, { recursive: true, force: true }));
});

const open = (fingerprint = about) => FORMAT.open(file, () => fingerprint);

describe('a checkpoint', () => {
  test('gives back what was written, whatever the numbers', async () => {
    await open().write({ step: 3 }, arrays);
    const { saved } = open();
    assert.deepEqual(saved?.state, { step: 3 });
    const { weights, sums, counts } = arrays();
    const bits = [{ shape: [3], values: Uint8Array.of(1, 2, 255) }];
    assert.deepEqual({ ...saved?.arrays }, { weights, sums, counts, bits });
    assert.deepEqual(fs.readdirSync(folder), ['run é.checkpoint']);
    assert.match(fs.readFileSync(file, 'latin1').split('\n')[1], /^\{"kind":"trial","version":2,/);
  });

  test('without a file does nothing', async () => {
    const none = FORMAT.open(undefined, () => assert.fail('no fingerprint is needed'));
    await none.write({ step: 1 }, () => assert.fail('no numbers are needed'));
    assert.deepEqual([none.saved, none.inner('part'), none.resume], [null, undefined, '.']);
  });

  test('of other options is refused, and the differences are named', async () => {
    await open().write({ step: 3 });
    const before = fs.readFileSync(file);
    const other = JSON.stringify({ options: { epochs: 5, rates: [1, 2] }, images: 'abd' });
    assert.throws(
      () => open(other),
      (e) =>
        e instanceof OptionError &&
        e.message.includes(`'${file}'`) &&
        e.message.endsWith('\n  options.epochs: 4 there, 5 now\n  images: "abc" there, "abd" now'),
    );
    assert.deepEqual(fs.readFileSync(file), before);
  });

  test('of another kind, another version of modulab, and other files, are refused and left alone', async () => {
    await open().write({ step: 3 });
    assert.throws(
      () => checkpointFile('other', 2).open(file, () => about),
      /is not a other checkpoint but one of the kind 'trial'/,
    );
    assert.throws(() => checkpointFile('trial', 3).open(file, () => about), /another version of modulab/);
    const length = Buffer.alloc(4);
    for (const [content, message] of [
      ['my thesis', /is no checkpoint/],
      ['', /is no checkpoint/],
      ['{"format":"modulab rows 1","fingerprint":"a","rows":[]}', /another version of modulab/],
      [
        Buffer.concat([length, Buffer.from('{"format":"modulab training checkpoint 2"}')]),
        /another version of modulab/,
      ],
      ['{"fingerprint":"a","row":{}}', /another version of modulab/],
    ] as const) {
      fs.writeFileSync(file, content);
      assert.throws(
        () => open(),
        (e) => e instanceof DataError && message.test(e.message),
        String(content),
      );
      assert.equal(fs.readFileSync(file, 'latin1'), Buffer.from(content).toString('latin1'));
    }
  });

  test('whose bytes are not those that were written is refused, wherever they were hit', async () => {
    await open().write({ step: 3 }, arrays);
    const bytes = fs.readFileSync(file);
    const refused = (mutant: Buffer, what: string) => {
      fs.writeFileSync(file, mutant);
      assert.throws(
        () => open(),
        (e) => e instanceof DataError && /is damaged|is no checkpoint/.test(e.message),
        what,
      );
    };
    const rng = seedStream(1, 'mutants');
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] ^= 1 + (rng.nextUint32() % 255);
      refused(flipped, `byte ${i}`);
      refused(bytes.subarray(0, i), `cut to ${i}`);
    }
    refused(Buffer.concat([bytes, Buffer.from([0])]), 'one more byte');
    refused(Buffer.concat([bytes, bytes]), 'twice');
  });
});

describe('parts of a run', () => {
  test('name the file of the whole run as the one to go on with', () => {
    const whole = open();
    const part = FORMAT.open(whole.inner('conv 1/a'), () => 'part');
    assert.equal(FORMAT.open(part.inner('b'), () => 'part of the part').resume, whole.resume);
    assert.match(whole.resume, /run é\.checkpoint' goes on from there/);
  });

  test('are dropped when the run begins afresh, and when it has overtaken them', async () => {
    const early = open();
    await early.write({ step: 0 });
    const part = early.inner('conv 1/a')!;
    fs.writeFileSync(part, 'a');
    fs.writeFileSync(`${part}.inner-b`, 'of the part');
    fs.writeFileSync(path.join(folder, 'run é.checkpoint2'), 'of somebody else');
    assert.equal(open().saved?.state.step, 0);
    assert.ok(fs.existsSync(part), 'a run that goes on keeps them');
    await open().write({ step: 1 });
    assert.deepEqual(fs.readdirSync(folder).sort(), ['run é.checkpoint', 'run é.checkpoint2']);
    fs.writeFileSync(part, 'a');
    fs.rmSync(file);
    open();
    assert.ok(!fs.existsSync(part));
  });

  test('do not stand in the way where they do not fit: nobody has named their files', async () => {
    const part = open().inner('a'.repeat(300))!;
    await FORMAT.open(part, () => '"one"').write({ step: 1 });
    assert.equal(FORMAT.open(part, () => '"two"').saved, null);
  });
});

describe('where the file system fails', () => {
  test('a folder in place of the file, and a file in place of a folder, are told', () => {
    fs.mkdirSync(file);
    assert.throws(
      () => open(),
      (e) => e instanceof StorageError && /cannot be read: it is a folder, expected a file/.test(e.message),
    );
    fs.rmdirSync(file);
    fs.writeFileSync(path.join(folder, 'a'), '');
    const under = FORMAT.open.bind(null, path.join(folder, 'a', 'b'), () => about);
    assert.throws(under, (e) => e instanceof StorageError && /a part of its path is a file/.test(e.message));
  });

  for (const [code, reason] of [
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the file system is read-only'],
  ]) {
    test(`${reason}: one error, the last checkpoint stays good`, async (t) => {
      const run = open();
      const fail = () => {
        throw Object.assign(new Error(`${code}: it went wrong`), { code });
      };
      t.mock.method(fs, 'writeFileSync', fail);
      const refused = (message: RegExp) =>
        assert.rejects(
          run.write({ step: 2 }),
          (e) => e instanceof StorageError && e.message.includes(`'${file}' cannot be written: ${reason} (${code}).`) && message.test(e.message), // prettier-ignore
        );
      await refused(/Nothing was written before/);
      t.mock.restoreAll();
      await run.write({ step: 1 });
      t.mock.method(fs, 'writeFileSync', fail);
      await refused(/The last checkpoint is good/);
      t.mock.restoreAll();
      assert.equal(open().saved?.state.step, 1);
      assert.deepEqual(fs.readdirSync(folder), ['run é.checkpoint']);
    });
  }

  test('what a killed run has left unfinished is cleared away by the next', async () => {
    await open().write({ step: 1 });
    fs.writeFileSync(unfinishedName(file), 'half');
    assert.equal(open().saved?.state.step, 1);
    assert.deepEqual(fs.readdirSync(folder), ['run é.checkpoint']);
  });
});
