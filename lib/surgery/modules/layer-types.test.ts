import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ACCELERATED, openAccelerated } from '../../backend/training/accelerated.fixture.js';
import * as tf from '../../tf.js';
import { createFrozenNetwork } from '../passes/frozen-network.js';
import { compileInference } from '../passes/inference.js';
import { createMaskedNetwork } from '../passes/masked-network.js';
import { countMacs } from '../trace/count-macs.js';
import { fullSelection, type KernelSelection } from '../trace/kernel-selection.js';
import { randomImages, randomiseWeights, randomSelection, relativeDifference } from '../trace/test-models.fixture.js';
import { fillEmptyLayers, unitsFromSelection } from '../trace/trace.js';
import { createExtractor } from './extract.js';
import { LAYER_TYPE_MODELS } from './layer-type-models.fixture.js';
import { maskKernels } from './mask.js';

const TOLERANCE = 2e-5;
/** Backends round products of matrices differently for other widths. */
const GRADIENT_TOLERANCE = 1e-4;

before(openAccelerated);

const logits = (model: { predict(x: tf.Tensor4D): unknown }, x: tf.Tensor4D): Float32Array =>
  tf.tidy(() => (model.predict(x) as tf.Tensor2D).dataSync<'float32'>().slice());

function assertSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = TOLERANCE): void {
  const difference = relativeDifference(actual, expected);
  assert.ok(difference < tolerance, `${what}: ${difference}`);
}

for (const { backend, skip } of ACCELERATED) {
  describe(`on ${backend}`, { skip }, () => {
    for (const [name, build] of Object.entries(LAYER_TYPE_MODELS)) {
      test(`${name}: masked, extracted, compiled, in a forest and under masks the same`, async () => {
        await tf.setBackend(backend);
        const model = randomiseWeights(build(), 5);
        const [, height, width, channels] = model.inputs[0].shape as number[];
        const x = randomImages([3, height, width, channels], 6);
        const tensors = tf.memory().numTensors;
        const whole = logits(model, x);
        const inference = compileInference(model);
        assertSame(logits(inference, x), whole, 'compiled whole');
        inference.dispose();

        const extractor = createExtractor(model);
        const { trace } = extractor;
        assert.ok(trace.groups.some((group) => !group.protected));
        const selections = [0.8, 0.5, 0.25].map(
          (share, i) => fillEmptyLayers(trace, randomSelection(trace, share, i)).selection,
        );
        const references = selections.map((selection) => checkSelection(model, extractor, selection, x));
        assert.ok(references.some((reference) => relativeDifference(reference, whole) > 1e-3));

        for (const channelBlock of [1, 4]) {
          const forest = extractor.compileForest([fullSelection(trace), ...selections], { channelBlock });
          const outputs = tf.tidy(() => forest.predict(x).map((output) => output.dataSync<'float32'>().slice()));
          outputs.forEach((output, i) => assertSame(output, [whole, ...references][i], `forest ${channelBlock}, ${i}`));
          forest.dispose();
        }

        const masked = createMaskedNetwork(model);
        const bits = selections.map((selection) => {
          const units = unitsFromSelection(trace, selection);
          return trace.groups.filter((group) => !group.protected).flatMap(({ id }) => [...units[id]]);
        });
        const outputs = tf.tidy(() =>
          tf.unstack(masked.outputs(x, tf.tensor2d(bits))).map((output) => output.dataSync<'float32'>().slice()),
        );
        outputs.forEach((output, i) => assertSame(output, references[i], `under mask ${i}`));
        masked.dispose();
        extractor.dispose();
        assert.equal(tf.memory().numTensors, tensors);
        model.dispose();
        x.dispose();
      });

      test(`${name}: frozen, the gradient by the image is the model's own`, async () => {
        await tf.setBackend(backend);
        const model = randomiseWeights(build(), 7);
        const [, height, width, channels] = model.inputs[0].shape as number[];
        const x = randomImages([2, height, width, channels], 8);
        const frozen = createFrozenNetwork(model);
        const gradient = (outputs: (x: tf.Tensor4D) => tf.Tensor) =>
          tf.tidy(() => {
            const weights = tf.tensor2d([[1, -2, 0.5, 3]]);
            const score = (image: tf.Tensor) => tf.sum(tf.mul(outputs(image as tf.Tensor4D), weights));
            return tf.grad(score)(x).dataSync<'float32'>().slice();
          });
        const own = gradient((image) => model.apply(image, { training: false }) as tf.Tensor);
        assertSame(
          gradient((image) => frozen.outputs(image)),
          own,
          'gradient',
          GRADIENT_TOLERANCE,
        );
        frozen.dispose();
        model.dispose();
        x.dispose();
      });
    }
  });
}

/** All ways to cut a selection out. @returns the masked model's outputs */
function checkSelection(
  model: tf.LayersModel,
  extractor: ReturnType<typeof createExtractor>,
  selection: KernelSelection,
  x: tf.Tensor4D,
): Float32Array {
  const masked = maskKernels(model, selection);
  const extracted = extractor.extract(selection, { onEmptyLayer: assert.fail });
  const compiled = extractor.compile(selection);
  const again = compileInference(extracted);
  const inner = createExtractor(extracted);
  const whole = inner.extract(fullSelection(inner.trace));
  const half = fillEmptyLayers(inner.trace, randomSelection(inner.trace, 0.5, 9)).selection;
  const [maskedTwice, cutTwice] = [maskKernels(extracted, half), inner.extract(half)];
  const reference = logits(masked, x);
  for (const [what, other] of Object.entries({ extracted, compiled, again, whole })) {
    assertSame(logits(other, x), reference, what);
  }
  assertSame(logits(cutTwice, x), logits(maskedTwice, x), 'cut twice');
  if (extracted.countParams() < model.countParams()) assert.ok(countMacs(extracted).total < countMacs(model).total);
  const json = extracted.toJSON() as string;
  assert.ok(!json.includes('null,null,null'), 'shapes are known');
  for (const one of [masked, extracted, compiled, again, whole, maskedTwice, cutTwice, inner]) one.dispose();
  return reference;
}
