import assert from 'node:assert/strict';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resNet20, resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { allLayers } from '../../models/model-graph.js';
import { compileInference } from '../../surgery/passes/inference.js';
import * as tf from '../../tf.js';
import { createOptimizer } from '../../training/optimizers.js';
import { softmaxCrossEntropy } from '../../training/softmax-cross-entropy.js';
import { trainStep } from '../../training/train-step.js';
import { assertAsOnCpu, assertValuesClose, computeOn, nativeTest, random } from './compare-with-cpu.fixture.js';

const CLASSES = 5;
const IMAGE: [number, number, number] = [16, 16, 3];
const NARROW = { width: 0.0625, classes: CLASSES, seed: 1 };

/** Depthwise and separable convolutions with odd numbers of channels, strides, ReLU6 and average pooling. */
function separable(): tf.LayersModel {
  const initial = (seed: number) => tf.initializers.glorotUniform({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: IMAGE, filters: 7, kernelSize: 3, strides: 2, kernelInitializer: initial(1) }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthwiseInitializer: initial(2) }),
      tf.layers.batchNormalization(),
      tf.layers.reLU({ maxValue: 6 }),
      tf.layers.separableConv2d({
        filters: 9,
        kernelSize: 3,
        padding: 'same',
        depthwiseInitializer: initial(3),
        pointwiseInitializer: initial(4),
      }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: CLASSES, kernelInitializer: initial(5) }),
    ],
  });
}

const NETWORKS: Record<string, () => tf.LayersModel> = {
  'ResNet-8, option A': () => resNetCifar(8, { ...NARROW, inputShape: IMAGE }),
  'ResNet-8, projections': () => resNetCifar(8, { ...NARROW, inputShape: IMAGE, shortcut: 'projection' }),
  SimCNN: () => simCnn(NARROW),
  'SimCNN with batch norm': () => simCnn({ ...NARROW, variant: 'gradsplitter' }),
  InceCNN: () => inceCnn(NARROW),
  'separable convolutions': separable,
};

const labelsOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i % CLASSES);
const imagesOf = (model: tf.LayersModel, count: number): tf.Tensor4D =>
  random<tf.Rank.R4>([count, ...(model.inputs[0].shape.slice(1) as number[])], 7);

/** Loss, the gradient of every weight, and what batch normalisation remembers. */
function trainingPass(model: tf.LayersModel, initial: tf.Tensor[]): tf.Tensor[] {
  model.setWeights(initial);
  for (const layer of allLayers(model)) {
    // Without a seed each pass drops others.
    if (layer.getClassName() === 'Dropout') (layer as unknown as { seed: number }).seed = 11;
  }
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(
    () => softmaxCrossEntropy(labelsOf(4), model.apply(imagesOf(model, 4), { training: true }) as tf.Tensor2D).loss,
    variables,
  );
  const moments = model.nonTrainableWeights.map((weight) => weight.read().clone());
  return [value, ...variables.map(({ name }) => grads[name]), ...moments];
}

for (const [name, build] of Object.entries(NETWORKS)) {
  nativeTest(`${name}: loss and the gradient of every weight are cpu's`, async () => {
    await tf.setBackend('cpu');
    const model = build();
    const initial = model.getWeights().map((weight) => weight.clone());
    const compute = (): tf.Tensor[] => trainingPass(model, initial);
    const expected = await computeOn('cpu', compute);
    const actual = await computeOn('onednn', compute);
    const largest = expected.map(({ values }) =>
      Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    );
    const ofNetwork = Math.max(...largest);
    expected.forEach(({ values }, i) => {
      // The gradient of a bias before batch normalisation is 0, up to the rounding of what it is summed from.
      const tolerance = 1e-4 * Math.max(1, (1e-2 * ofNetwork) / Math.max(1e-6, largest[i]));
      assertValuesClose(actual[i].values, values, tolerance, `result ${i}`);
    });
    model.dispose();
    tf.dispose(initial);
  });

  nativeTest(`${name}: compiled inference predicts as the model does on cpu, also of no images`, async () => {
    await tf.setBackend('cpu');
    const model = build();
    const compiled = compileInference(model);
    for (const count of [3, 1, 0]) {
      const x = imagesOf(model, count);
      const before = x.dataSync().slice();
      const [expected] = await computeOn('cpu', () => model.apply(x) as tf.Tensor);
      for (let pass = 0; pass < 2; pass++) {
        const [actual] = await computeOn('onednn', () => compiled.predict(x));
        assert.deepEqual(actual.shape, [count, CLASSES]);
        assertValuesClose(actual.values, expected.values, 1e-4, `pass ${pass} of ${count} images`);
      }
      assert.deepEqual(x.dataSync(), before, 'the images are as they were');
      x.dispose();
    }
    compiled.dispose();
    model.dispose();
  });
}

nativeTest('three epochs of a narrow ResNet-20 follow the loss on cpu', async () => {
  const [count, batch, epochs] = [24, 12, 3];
  const size: [number, number, number] = [12, 12, 3];
  const train = async (backend: string): Promise<number[]> => {
    await tf.setBackend(backend);
    const model = resNet20({ ...NARROW, inputShape: size });
    const optimizer = createOptimizer({ kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 });
    const x = imagesOf(model, count);
    const losses: number[] = [];
    for (let step = 0; step < (epochs * count) / batch; step++) {
      const first = (step * batch) % count;
      const images = x.slice([first, 0, 0, 0], [batch, ...size]);
      const labels = labelsOf(count).subarray(first, first + batch);
      losses.push(trainStep(model, images, labels, optimizer, 0.02).loss);
      images.dispose();
    }
    x.dispose();
    model.dispose();
    optimizer.dispose();
    return losses;
  };
  const expected = await train('cpu');
  const actual = await train('onednn');
  expected.forEach((loss, i) => {
    assert.ok(
      Math.abs(actual[i] - loss) <= 1e-3 * loss,
      `step ${i}: ${actual.join(' ')} instead of ${expected.join(' ')}`,
    );
  });
  assert.ok(expected[expected.length - 1] < expected[0], 'it learns');
});

nativeTest('moving a network between backends in the middle of its training changes nothing', () =>
  assertAsOnCpu(() => {
    const weights = tf.variable(random([3, 3, 3, 5], 1));
    const other = tf.getBackend();
    for (const backend of ['onednn', 'cpu', 'onednn', other]) {
      void tf.setBackend(backend);
      const gradient = tf.tidy(() => {
        const x = random<tf.Rank.R4>([2, 6, 6, 3], 2);
        const y = (filter: tf.Tensor): tf.Tensor => tf.relu(tf.conv2d(x, filter as tf.Tensor4D, 1, 'same')).square();
        return tf.grad(y)(weights);
      });
      weights.assign(tf.tidy(() => weights.sub(gradient.mul(1e-3))));
    }
    const result = weights.clone();
    weights.dispose();
    return result;
  }),
);
