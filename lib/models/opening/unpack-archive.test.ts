import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { loadModel } from '../load-model.js';
import { saveModel } from '../save-model.js';
import { temporaryFolder, zipBytes } from '../weight-files.fixture.js';

before(() => tf.setBackend('cpu'));
const folder = temporaryFolder();
process.env['TMPDIR'] = folder; // archives of other tests do not count
const leftBehind = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('modulab-archive-'));

function written(name: string, entries: Record<string, Buffer>): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, zipBytes(entries, true));
  return file;
}

test('a model and its labels in a ZIP archive are opened without unpacking it by hand', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4], activation: 'softmax' })] });
  const saved = path.join(folder, 'saved');
  await saveModel(model, saved);
  const entries = Object.fromEntries(
    fs.readdirSync(saved).map((name) => [`export/${name}`, fs.readFileSync(path.join(saved, name))]),
  );
  const file = written('converted.zip', { ...entries, 'export/labels.txt': Buffer.from('0 cat\n1 dog\n'), '__MACOSX/._model.json': Buffer.from('x') }); // prettier-ignore
  const { model: opened, classNames, report, source } = await loadModel(file);
  assert.deepEqual(classNames, ['cat', 'dog']);
  assert.ok(report.path.startsWith(file) && source.path.startsWith(file), report.path);
  assert.ok(report.summary.every((line) => !line.includes('modulab-archive')));
  assert.deepEqual(leftBehind(), []);
  opened.dispose();
  model.dispose();
});

const HOSTILE: Readonly<Record<string, Record<string, Buffer>>> = {
  'a name that leads out': { 'model.json': Buffer.from('{}'), '../outside.txt': Buffer.from('x') },
  'an absolute name': { 'model.json': Buffer.from('{}'), '/outside.txt': Buffer.from('x') },
  'no model in model.json': { 'model.json': Buffer.from('{}') },
  'two models': { 'a.h5': Buffer.from('x'), 'b.h5': Buffer.from('x') },
};
for (const [name, entries] of Object.entries(HOSTILE)) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(
      loadModel(written('hostile.zip', entries)),
      (error: Error) => error instanceof ModelError && !error.message.includes('modulab-archive'),
    );
    assert.deepEqual(leftBehind(), []);
  });
}
