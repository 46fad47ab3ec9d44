/** The weights in data/models: what is committed opens and is as accurate as its row says. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { loadDataset } from '../../datasets/load.js';
import { loadModel } from '../../models/load-model.js';
import { modelDigest } from '../../models/model-digest.js';
import { projectFolder } from '../../run/project-folder.js';
import { evaluate } from '../../training/evaluate.js';
import { readResult } from './row-result.js';

const MODELS = path.join(projectFolder(), 'data', 'models');
const RESULTS = path.join(projectFolder(), 'notebooks', 'reproduction');
const ids = fs.readdirSync(MODELS).sort();

interface Trained {
  readonly testAccuracy: number;
  readonly weights: string;
}

before(() => openBackend({ quiet: true }));

test('all weights together have at most ten megabytes', () => {
  const files = fs.readdirSync(MODELS, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
  assert.ok(bytes <= 10e6, `${bytes} bytes`);
});

for (const id of ids) {
  test(`${id} opens with the weights that its row measured, and is as accurate`, async (t) => {
    const result = readResult(RESULTS, id, 'lab');
    assert.ok(result, `${id} has a finished row`);
    const { testAccuracy, weights } = result.parts[0].output as Trained;
    const { model, classNames } = await loadModel(path.join(MODELS, id, 'model.json'));
    t.after(() => model.dispose());
    assert.equal(modelDigest(model), weights);
    assert.equal(classNames?.length, 10);
    if (!process.env['MODULAB_DATA']) return t.diagnostic('MODULAB_DATA is not set: accuracy not measured');
    const { test: images } = await loadDataset('cifar10');
    const { accuracy } = await evaluate(model, images);
    // Other test images than the row's give another accuracy: 5,000 of them within about two standard errors.
    const tolerance = imageSetDigest(images) === result.inputs['test'] ? 0.001 : 0.012;
    assert.ok(Math.abs(accuracy - testAccuracy) <= tolerance, `${accuracy} is not ${testAccuracy}`);
  });
}
