import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '../../tf.js';
import { kernelsOn } from '../onednn/compare-with-cpu.fixture.js';
import { ACCELERATED, openAccelerated, valuesOn } from './accelerated.fixture.js';
import { RELU_GRADIENT } from './relu-gradient.js';

before(openAccelerated);

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 4, 'float32', seed);

const SPECIAL = [0, -0, 1, -1, 6, 6.0000005, 1e-45, -1e-45, 3e38, NaN, Infinity, -Infinity];

const ACTIVATIONS = { relu: (x: tf.Tensor) => tf.relu(x), relu6: (x: tf.Tensor) => tf.relu6(x) };

for (const { backend, skip } of ACCELERATED) {
  for (const [name, activation] of Object.entries(ACTIVATIONS)) {
    test(`${backend}: the gradient of ${name} is cpu's to the bit`, { skip }, async () => {
      for (const shape of [[1], [3], [4], [2, 3, 5, 7], [3, 1, 41], [4, 32, 32, 8], [0, 4]]) {
        const compute = (): tf.Tensor[] => [tf.grad(activation)(random(shape, 1), random(shape, 2))];
        assert.deepEqual(await valuesOn(backend, compute), await valuesOn('cpu', compute), `shape ${shape.join('×')}`);
      }
    });

    test(`${backend}: the gradient of ${name} at zeros, NaN and infinities is cpu's`, { skip }, async () => {
      const x = SPECIAL.flatMap((value) => SPECIAL.map(() => value));
      const dy = SPECIAL.flatMap(() => SPECIAL);
      const compute = (): tf.Tensor[] => [tf.grad(activation)(tf.tensor1d(x), tf.tensor1d(dy))];
      assert.deepEqual(await valuesOn(backend, compute), await valuesOn('cpu', compute));
    });
  }

  test(
    `${backend}: a second-order gradient through ReLU agrees with cpu, a first-order one takes the kernel`,
    { skip },
    async () => {
      const cubes = (x: tf.Tensor): tf.Scalar => tf.sum(tf.pow(tf.relu(x), 3));
      const secondOrder = (): tf.Tensor[] => [
        tf.grad((x) => tf.sum(tf.square(tf.grad(cubes)(x))))(tf.tensor1d([-2, 0.5, 1, 3, 7])),
      ];
      const [expected] = await valuesOn('cpu', secondOrder);
      const [actual] = await valuesOn(backend, secondOrder);
      expected.forEach((value, i) =>
        assert.ok(Math.abs(actual[i] - value) <= 1e-4 * Math.abs(value), `${actual[i]} is not ${value}`),
      );
      const firstOrder = (): tf.Tensor[] => [tf.grad(cubes)(random([7], 1))];
      assert.ok((await kernelsOn(backend, firstOrder)).includes(RELU_GRADIENT));
    },
  );

  test(`${backend}: layers with a built-in ReLU take the kernel in training`, { skip }, async () => {
    await tf.setBackend(backend);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: 'relu' }),
      ],
    });
    const names = await kernelsOn(backend, () => {
      const loss = (): tf.Scalar => tf.sum(model.apply(random([2, 5, 5, 2], 1), { training: true }) as tf.Tensor);
      return Object.values(tf.variableGrads(loss).grads);
    });
    assert.ok(names.includes(RELU_GRADIENT) && !names.includes('Step'), names.join(' '));
    model.dispose();
  });
}
