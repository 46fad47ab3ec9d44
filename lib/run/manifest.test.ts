import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as tf from '../tf.js';
import { runManifest, writeManifest } from './manifest.js';

test('a manifest says versions, backend, seed, options and data, as plain JSON', async () => {
  await tf.setBackend('cpu');
  const run = { task: 'demo', seed: 7, options: { a: 1, onProgress: () => undefined }, data: { 'x.bin': 'ab' } };
  const manifest = runManifest(run);
  assert.match(manifest.versions.modulab, /^\d+\.\d+\.\d+/);
  assert.equal(manifest.versions.tfjs, tf.version_core);
  assert.equal(manifest.backend, 'cpu');
  assert.deepEqual([manifest.seed, manifest.options, manifest.data], [7, { a: 1 }, { 'x.bin': 'ab' }]);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  const file = path.join(folder, 'deep', 'run.json');
  writeManifest(file, manifest);
  assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), manifest);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['run.json']);
});
