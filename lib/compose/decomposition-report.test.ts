import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { InterruptedError, OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import { noiseSet } from '../split/decompose/random-images.fixture.js';
import { split } from '../split/split.js';
import { randomiseWeights } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { composeDecomposed } from './compose-decomposed.js';
import { decompositionReport } from './decomposition-report.js';

before(async () => {
  await openBackend({ quiet: true });
});

test('the report agrees with evaluating the model and the composition', async () => {
  const model = randomiseWeights(resNetCifar(8, { width: 0.25, classes: 6, inputShape: [8, 8, 3] }), 1);
  const images = noiseSet(6, 8, [8, 8, 3]);
  const { modules } = await split(model, images, { method: 'decompose', nPos: 2, addPolicy: 'literal' });
  const tensors = tf.memory().numTensors;
  const report = await decompositionReport(model, modules, images, { batchSize: 13 });
  await assert.rejects(
    decompositionReport(model, modules, images, { batchSize: 13, signal: stopAfter(2) }),
    (error) => error instanceof InterruptedError && /after 26 of 48/.test(error.message),
  );
  assert.equal(tf.memory().numTensors, tensors);
  const composed = composeDecomposed({ model, modules });
  assert.equal(report.composed.top1, (await evaluate(composed, images)).accuracy);
  assert.equal(report.model.top1, (await evaluate(model, images)).accuracy);
  assert.ok(report.agreement < 1 && report.agreement > 0);
  composed.dispose();

  const intact = Object.fromEntries(
    Object.entries(modules).map(([name, module]) => [name, { ...module, convMasks: [], addMasks: [] }]),
  );
  const same = await decompositionReport(model, intact, images);
  assert.equal(same.agreement, 1);
  assert.deepEqual(same.composed, same.model);
  const five = Object.fromEntries(Object.entries(modules).filter(([name]) => name !== 'class 2'));
  await assert.rejects(decompositionReport(model, five, images), OptionError);
  model.dispose();
});
