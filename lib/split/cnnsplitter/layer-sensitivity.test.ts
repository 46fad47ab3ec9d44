import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { composeModules } from '../../compose/composed-model.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { synthetic } from '../../datasets/synthetic.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { extractKernels } from '../../surgery/modules/extract.js';
import { KernelModule } from '../../surgery/modules/kernel-module.js';
import { keptCounts } from '../../surgery/trace/kernel-selection.js';
import { selectionFromUnits, traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { kernelOrders } from './kernel-orders.js';
import { kernelScores } from './kernel-scores.js';
import { layerSensitivity } from './layer-sensitivity.js';

let strong: tf.LayersModel;
let validation: ImageSet;

before(async () => {
  await openBackend({ quiet: true });
  const sets = splitTrainValidation(synthetic({ trainPerClass: 20, testPerClass: 1, seed: 8 }).train);
  validation = sets.validation;
  strong = resCnn({ width: 1 / 16, seed: 4, variant: 'gradsplitter', dropout: false });
  await fit(strong, sets.train, { epochs: 2, batchSize: 32, learningRate: 0.02 });
});

test('one curve per layer, tied ones together; uncut it is the strong model; a point is that of real modules', async () => {
  const tensors = tf.memory().numTensors;
  const ratios = [0.25, 0.5, 1];
  const result = await layerSensitivity(strong, validation, { ratios, workers: 0 });
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(result.layers.length, 9);
  assert.deepEqual(result.layers[1].layers, ['conv1', 'conv3']);
  const { accuracy } = await evaluate(strong, validation);
  assert.equal(result.fullAccuracy, accuracy);
  assert.ok(result.layers.every((layer) => layer.accuracy.length === 3 && layer.accuracy[2] === accuracy));
  const mean = result.layers.reduce((sum, { meanLoss }) => sum + meanLoss, 0) / 9;
  const expected = result.layers.filter(({ meanLoss }) => meanLoss > mean).map(({ id }) => id);
  assert.deepEqual(result.sensitive, expected);
  assert.ok(expected.length > 0 && expected.length < 9);

  const trace = traceModel(strong);
  const options = { importance: 'activation', weighting: 'even', minConfidence: 0.9, batchSize: 125 } as const;
  const orders = kernelOrders(await kernelScores(strong, trace, validation, options));
  const modules = validation.classNames.map((targetClass, classIndex) => {
    const kept = new Uint8Array(8);
    for (const unit of orders.conv1[classIndex].slice(0, 4)) kept[unit] = 1;
    const selection = selectionFromUnits(trace, { conv1: kept });
    assert.equal(keptCounts(selection).conv3, 4);
    const provenance = { method: 'test', seed: 0, options: {}, keptRatio: 0 };
    const { classNames } = validation;
    const about = { targetClass, classIndex, classNames, selection, provenance };
    return new KernelModule({ ...about, model: extractKernels(strong, selection) });
  });
  const composed = composeModules(modules);
  assert.equal(result.layers[1].accuracy[1], (await evaluate(composed, validation)).accuracy);
  composed.dispose();
  modules.forEach(({ model }) => model.dispose());
});

test('bad ratios and interrupts', async () => {
  for (const ratios of [[], [0, 1], [0.5, 0.4], [0.5, 1.1]]) {
    await assert.rejects(layerSensitivity(strong, validation, { ratios }), OptionError);
  }
  await assert.rejects(layerSensitivity(strong, validation, { signal: AbortSignal.abort() }), InterruptedError);
});
