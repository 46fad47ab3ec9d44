import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCELERATED, openAccelerated } from '../../backend/training/accelerated.fixture.js';
import { MT19937 } from '../../run/mt19937.js';
import * as tf from '../../tf.js';

const BACKENDS = [{ backend: 'cpu', skip: false }, ...ACCELERATED] as const;

/** Normally distributed values. */
export function normal(length: number, seed: number): Float32Array {
  const rng = new MT19937(seed);
  return Float32Array.from({ length }, () => rng.nextNormal());
}

/** Values none of which is within 0.04 of another, in random order. */
export function distinct(length: number, seed: number): Float32Array {
  const order = new MT19937(seed).permutation(length);
  return Float32Array.from(order, (rank) => 0.04 * (rank - length / 2));
}

/**
 * Tests of a layer on every backend: its values are those that `expected` says, its gradients by images and weights are what
 * differences of its values say, it leaks nothing, and it survives a model's JSON form.
 * @param make the layer, made anew
 * @param shape of its input, with the batch
 * @param expected the values, from the input's and the weights'; left out where only backends are compared
 * @param values of the input; those for a layer with kinks keep clear of them
 */
export function testLayer(
  title: string,
  make: () => tf.layers.Layer,
  shape: readonly number[],
  expected?: (x: Float32Array, weights: readonly Float32Array[]) => readonly number[],
  values: (length: number, seed: number) => Float32Array = normal,
): void {
  for (const { backend, skip } of BACKENDS) {
    test(`${title}: values, gradients and JSON form, ${backend}`, { skip }, async () => {
      await openAccelerated();
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const input = tf.input({ shape: shape.slice(1) });
      const model = tf.model({ inputs: input, outputs: make().apply(input) as tf.SymbolicTensor });
      const layer = model.layers[1];
      const weights = layer.getWeights().map((w, i) => normal(w.size, 11 + i));
      const shapes = layer.getWeights().map((w) => w.shape);
      const set = (of: tf.layers.Layer, values: readonly Float32Array[]) =>
        tf.tidy(() => of.setWeights(values.map((v, i) => tf.tensor(v, shapes[i]))));
      const x = values(
        shape.reduce((a, b) => a * b),
        3,
      );
      const forward = (values: Float32Array, of: readonly Float32Array[]): Float32Array => {
        set(layer, of);
        return tf.tidy(() => (layer.apply(tf.tensor(values, [...shape])) as tf.Tensor).dataSync<'float32'>().slice());
      };

      const y = forward(x, weights);
      if (expected) assertClose(y, expected(x, weights), 1e-5, 'value');
      else await assertAsOnCpu(backend, y, () => forward(x, weights));

      // Gradients along a random direction against central differences, summed in double precision.
      const upstream = normal(y.length, 5);
      const score = (values: Float32Array, of: readonly Float32Array[]) =>
        forward(values, of).reduce((sum, v, i) => sum + v * upstream[i], 0);
      const analytic = tf.tidy(() => {
        set(layer, weights);
        const image = tf.variable(tf.tensor(x, [...shape]));
        const variables = layer.trainableWeights.map((w) => w.read() as tf.Variable);
        const { grads } = tf.variableGrads(() => {
          const output = layer.apply(image) as tf.Tensor;
          return tf.sum<tf.Scalar>(tf.mul(output, tf.tensor(upstream, output.shape)));
        }, [image, ...variables]);
        const result = [image, ...variables].map(({ name }) => grads[name].dataSync<'float32'>().slice());
        image.dispose();
        return result;
      });
      [x, ...weights].forEach((values, which) => {
        const direction = normal(values.length, 21 + which);
        const step = 2e-3;
        const moved = [step, -step].map((t) => values.map((v, i) => v + t * direction[i]));
        const [up, down] = moved.map((value) =>
          which === 0
            ? score(value, weights)
            : score(
                x,
                weights.map((w, i) => (i === which - 1 ? value : w)),
              ),
        );
        const slope = analytic[which].reduce((sum, g, i) => sum + g * direction[i], 0);
        const size = Math.hypot(...analytic[which]);
        assert.ok(size > 0, `gradient ${which} is 0`);
        assert.ok(Math.abs((up - down) / (2 * step) - slope) < 5e-3 * size, `gradient ${which}: ${slope}`);
      });

      const topology = JSON.parse(model.toJSON() as string) as Parameters<typeof tf.models.modelFromJSON>[0];
      const copy = await tf.models.modelFromJSON(topology);
      assert.equal(copy.layers[1].getClassName(), layer.getClassName());
      set(copy.layers[1], weights);
      const again = tf.tidy(() => (copy.predict(tf.tensor(x, [...shape])) as tf.Tensor).dataSync<'float32'>().slice());
      assertClose(again, [...forward(x, weights)], 1e-6, 'value after loading');
      copy.dispose();
      model.dispose();
      assert.equal(tf.memory().numTensors, before, 'tensors leaked');
    });
  }
}

async function assertAsOnCpu(backend: string, actual: Float32Array, compute: () => Float32Array): Promise<void> {
  await tf.setBackend('cpu');
  assertClose(actual, [...compute()], 1e-5, 'value');
  await tf.setBackend(backend);
}

/** Whether values are the same within `tolerance` of the largest. */
export function assertClose(actual: Float32Array, expected: readonly number[], tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  const scale = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  expected.forEach((v, i) =>
    assert.ok(Math.abs(actual[i] - v) <= tolerance * scale, `${what} ${i}: ${actual[i]} ≠ ${v}`),
  );
}
