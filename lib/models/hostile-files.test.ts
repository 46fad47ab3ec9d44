/** Damaged files of every format that loadModel reads, drawn from a fixed seed. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '../tf.js';
import { HOSTILE_READERS, openMutants, writeGoodFiles } from './hostile-files.fixture.js';
import { temporaryFolder } from './weight-files.fixture.js';

const folder = temporaryFolder();
before(async () => {
  await tf.setBackend('cpu');
  await writeGoodFiles(folder);
});

for (const reader of HOSTILE_READERS) {
  test(`${reader.name}: damaged files are opened or refused in words`, async () => {
    assert.deepEqual(await openMutants(reader, folder, reader.startsThreads ? 30 : 150, 1), []);
  });
}
