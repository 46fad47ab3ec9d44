import '@tensorflow/tfjs-backend-wasm';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import * as tf from '../../tf.js';
import { compileInference } from '../passes/inference.js';
import { fullSelection, keptIndices, type KernelSelection } from '../trace/kernel-selection.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  randomSelection,
  relativeDifference,
  sequentialToy,
} from '../trace/test-models.fixture.js';
import { fillEmptyLayers, type ModelTrace, selectionFromUnits } from '../trace/trace.js';
import { createExtractor, extractKernels } from './extract.js';
import { maskKernels } from './mask.js';

const TOLERANCE = 1e-5;
const SMALL = { width: 0.125 };
const MODELS: Record<string, () => tf.LayersModel> = {
  SimCNN: () => simCnn(SMALL),
  'SimCNN with batch norm': () => simCnn({ ...SMALL, variant: 'gradsplitter' }),
  ResCNN: () => resCnn(SMALL),
  'ResCNN with batch norm': () => resCnn({ ...SMALL, variant: 'gradsplitter' }),
  InceCNN: () => inceCnn(SMALL),
  'ResNet-20, option A': () => resNet20(),
  'ResNet-20, projections': () => resNet20({ shortcut: 'projection' }),
  'ResNet-20, option A, no batch norm': () => resNet20({ batchNorm: false, width: 0.5 }),
  'sequential toy': sequentialToy,
  'depthwise toy': depthwiseToy,
};

before(async () => {
  await tf.setBackend('wasm');
});

function logits(model: { predict(x: tf.Tensor4D): unknown }, x: tf.Tensor4D): Float32Array {
  return tf.tidy(() => (model.predict(x) as tf.Tensor2D).dataSync<'float32'>());
}

/** Keeps one unit of every group, or all but one. */
function extremes(trace: ModelTrace): KernelSelection[] {
  const pick = (at: (units: number) => number, value: 0 | 1) =>
    selectionFromUnits(
      trace,
      Object.fromEntries(
        trace.groups
          .filter((group) => !group.protected)
          .map(({ id, units }) => [id, Uint8Array.from(units, (_, i) => (i === at(units.length) ? value : 1 - value))]),
      ),
    );
  return [pick((units) => units - 1, 1), pick(() => 0, 1), pick((units) => Math.floor(units / 2), 0)].map(
    (selection) => fillEmptyLayers(trace, selection).selection,
  );
}

for (const [name, build] of Object.entries(MODELS)) {
  describe(name, () => {
    test('masked, extracted and compiled models agree; the next selection does not', () => {
      const model = randomiseWeights(build(), 5);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([3, height, width, channels], 6);
      const tensors = tf.memory().numTensors;
      const extractor = createExtractor(model);
      const { trace } = extractor;
      const whole = logits(model, x);

      const selections = [
        fullSelection(trace),
        ...[0.8, 0.5, 0.2].map((share, i) => fillEmptyLayers(trace, randomSelection(trace, share, i)).selection),
        ...extremes(trace),
      ];
      for (const [i, selection] of selections.entries()) {
        const masked = maskKernels(model, selection);
        const extracted = extractor.extract(selection, { onEmptyLayer: assert.fail });
        const compiled = extractor.compile(selection);
        const again = compileInference(extracted);
        const reference = logits(masked, x);
        for (const [what, other] of Object.entries({ extracted, compiled, again })) {
          const difference = relativeDifference(logits(other, x), reference);
          assert.ok(difference < TOLERANCE, `selection ${i}, ${what}: ${difference}`);
        }
        if (i === 0) assert.ok(relativeDifference(reference, whole) < TOLERANCE);
        else assert.ok(relativeDifference(reference, whole) > 1e-4, `selection ${i} changes nothing`);
        for (const { name: conv } of trace.convLayers) {
          const kernel = extracted.getLayer(conv).getWeights()[0];
          const kept = keptIndices(selection[conv]).length;
          assert.equal(conv === 'sep' ? kept : kernel.shape[3], kept, conv);
        }
        masked.dispose();
        extracted.dispose();
        compiled.dispose();
        again.dispose();
      }

      // control: flipping one unit must show, in every group (some units are dead on these images)
      const selection = selections[2];
      const logitsOf = (other: KernelSelection) => {
        const compiled = extractor.compile(other);
        const result = logits(compiled, x);
        compiled.dispose();
        return result;
      };
      const reference = logitsOf(selection);
      for (const group of trace.groups.filter((g) => !g.protected)) {
        const shows = group.units.some(({ members }) => {
          const flipped = Object.fromEntries(Object.entries(selection).map(([layer, bits]) => [layer, bits.slice()]));
          for (const { layer, kernel } of members) flipped[layer][kernel] ^= 1;
          return relativeDifference(logitsOf(flipped), reference) > 10 * TOLERANCE;
        });
        assert.ok(shows, `no unit of ${group.id} makes a difference`);
      }
      extractor.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
      x.dispose();
    });

    test('compiled maps are the maps of the model', () => {
      const model = randomiseWeights(build(), 7);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([2, height, width, channels], 8);
      const layers = model.layers.map((layer) => layer.name);
      const probe = tf.model({
        inputs: model.inputs,
        outputs: layers.map((layer) => model.getLayer(layer).output as tf.SymbolicTensor),
      });
      const tensors = tf.memory().numTensors;
      const compiled = compileInference(model, { maps: layers });
      const { output, maps } = compiled.predictWithMaps(x);
      const expected = probe.predict(x) as tf.Tensor[];
      for (const [i, layer] of layers.entries()) {
        assert.deepEqual(maps[layer].shape, expected[i].shape);
        assert.ok(relativeDifference(maps[layer].dataSync(), expected[i].dataSync()) < TOLERANCE, layer);
      }
      assert.ok(relativeDifference(output.dataSync(), logits(model, x)) < TOLERANCE);
      tf.dispose([output, maps, expected]);
      compiled.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
      x.dispose();
    });
  });
}

test('an emptied layer keeps its kernel 0, and says so', () => {
  const model = randomiseWeights(sequentialToy(), 1);
  const extractor = createExtractor(model);
  const selection = { ...fullSelection(extractor.trace), c1: new Uint8Array(5) };
  const emptied: string[] = [];
  const extracted = extractKernels(model, selection, { onEmptyLayer: (layer) => emptied.push(layer) });
  assert.deepEqual(emptied, ['c1']);
  const x = randomImages([2, 8, 8, 3], 2);
  const filled = fillEmptyLayers(extractor.trace, selection);
  assert.deepEqual(filled.emptied, ['c1']);
  assert.deepEqual([...filled.selection['c1']], [1, 0, 0, 0, 0]);
  assert.deepEqual([...selection.c1], [0, 0, 0, 0, 0]);
  const masked = maskKernels(model, filled.selection);
  assert.ok(relativeDifference(logits(extracted, x), logits(masked, x)) < TOLERANCE);
  const silent = maskKernels(model, selection);
  assert.ok(relativeDifference(logits(silent, x), logits(masked, x)) > 1e-4);
});

test('what was extracted does not follow later training of the original', () => {
  const model = randomiseWeights(sequentialToy(), 1);
  const x = randomImages([2, 8, 8, 3], 2);
  const compiled = compileInference(model);
  const extractor = createExtractor(model);
  const before = logits(compiled, x);
  randomiseWeights(model, 2);
  assert.ok(relativeDifference(logits(model, x), before) > 1e-3);
  assert.deepEqual(logits(compiled, x), before);
  const late = extractor.extract(fullSelection(extractor.trace));
  model.dispose();
  assert.ok(relativeDifference(logits(late, x), before) < TOLERANCE);
  assert.deepEqual(logits(compiled, x), before);
});

test('a compiled model refuses images of the wrong shape, unknown maps and use after dispose', () => {
  const model = sequentialToy();
  assert.throws(() => compileInference(model, { maps: ['relu9'] }), /no layer 'relu9'/);
  const compiled = compileInference(model);
  const x = tf.zeros<tf.Rank.R4>([1, 8, 9, 3]);
  assert.throws(() => compiled.predict(x), /\[batch, 8, 8, 3\], got \[1, 8, 9, 3\]/);
  compiled.dispose();
  assert.throws(() => compiled.predict(x), /disposed/);
});

test('the same on the cpu backend', async () => {
  await tf.setBackend('cpu');
  for (const build of [sequentialToy, depthwiseToy]) {
    const model = randomiseWeights(build(), 3);
    const x = randomImages([2, 8, 8, 3], 4);
    const extractor = createExtractor(model);
    const { selection } = fillEmptyLayers(extractor.trace, randomSelection(extractor.trace, 0.5, 9));
    const reference = logits(maskKernels(model, selection), x);
    assert.ok(relativeDifference(logits(extractor.extract(selection), x), reference) < TOLERANCE);
    assert.ok(relativeDifference(logits(extractor.compile(selection), x), reference) < TOLERANCE);
    const whole = logits(model, x);
    assert.ok(relativeDifference(logits(compileInference(model), x), whole) < TOLERANCE);
    assert.ok(relativeDifference(reference, whole) > 1e-4);
  }
});
