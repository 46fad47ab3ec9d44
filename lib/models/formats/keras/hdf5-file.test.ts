import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { interruptAll } from '../../../engine/interruption.js';
import { InterruptedError, ModelError } from '../../../errors.js';
import { temporaryFolder } from '../../weight-files.fixture.js';
import { readHdf5 } from './hdf5-file.js';

const folder = temporaryFolder();
let good: Buffer;
let endless: Buffer;

before(async () => {
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const file = path.join(folder, 'good.h5');
  const out = new h5.File(file, 'w');
  out.create_attribute('layer_names', ['conv', 'dense']);
  out.create_dataset({ name: 'kernel', data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3] });
  out.create_dataset({ name: 'bias', data: new Float64Array([7, 8]), shape: [2] });
  out.close();
  good = fs.readFileSync(file);
  endless = Buffer.from(good);
  // The first text among those of several lengths, with 16 bytes before it, is said to end 16 bytes before it begins:
  // the library looks for the next one there, which is the same.
  endless.writeBigUInt64LE(2n ** 64n - 16n, endless.indexOf('GCOL') + 16 + 8);
});

const copies = (): string[] => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('modulab-hdf5-'));

test('what the thread reads arrives as it is in the file', async () => {
  const { attributes, arrays } = await readHdf5(good, 'good.h5');
  assert.deepEqual(attributes.get('')?.get('layer_names'), ['conv', 'dense']);
  assert.deepEqual(
    [...arrays].sort(([a], [b]) => a.localeCompare(b)),
    [
      ['bias', { dtype: 'float64', shape: [2], values: Float64Array.of(7, 8) }],
      ['kernel', { dtype: 'float32', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ],
  );
  const { values } = arrays.get('kernel')!;
  assert.equal(values.buffer.byteLength, 24, 'a buffer of its own');
});

test('a damaged file that the library never comes back from is refused in time, and good ones are read after it', async () => {
  await assert.rejects(readHdf5(endless, 'endless.h5', 1), (error: Error) => {
    assert.ok(error instanceof ModelError, String(error.stack));
    assert.match(error.message, /^endless\.h5: damaged HDF5 file: reading it did not end within 1 seconds\. Copy or/);
    return true;
  });
  assert.equal((await readHdf5(good, 'good.h5')).arrays.size, 2);
});

test('an interrupt stops the reading', async () => {
  const reading = readHdf5(endless, 'endless.h5');
  const timer = setTimeout(interruptAll, 300);
  await assert.rejects(reading, InterruptedError);
  clearTimeout(timer);
});

test('a process ends by itself after a file that is never read, and leaves no copy of it', () => {
  const file = path.join(folder, 'endless.h5');
  fs.writeFileSync(file, endless);
  const left = copies();
  const script = `const { readHdf5 } = require(${JSON.stringify(require.resolve('./hdf5-file.js'))});
    readHdf5(require('node:fs').readFileSync(${JSON.stringify(file)}), 'x', 1).catch((e) => console.log(e.name));`;
  const said = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(said.trim(), 'ModelError');
  const now = copies().filter((name) => !left.includes(name));
  assert.deepEqual(now, []);
});
