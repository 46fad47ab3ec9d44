import '@tensorflow/tfjs-backend-wasm';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { SubsampleChannels } from './subsample-channels.js';

const SHAPE = [2, 5, 4, 3] as const;
const cases: { stride: number; sources: number[] }[] = [
  { stride: 2, sources: [-1, 0, 1, 2, -1] },
  { stride: 1, sources: [0, 1, 2, -1] },
  { stride: 2, sources: [1, 2] },
  { stride: 2, sources: [2, -1, 0, 0] },
  { stride: 3, sources: [-1, -1] },
];

/** What the layer must give, written out element by element. */
function expected(values: Float32Array, stride: number, sources: number[]): number[] {
  const [batch, height, width, channels] = SHAPE;
  const out: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < height; y += stride)
      for (let x = 0; x < width; x += stride)
        for (const source of sources)
          out.push(source < 0 ? 0 : values[((b * height + y) * width + x) * channels + source]);
  return out;
}

before(() => tf.ready());
for (const backend of ['cpu', 'wasm']) {
  test(`values and gradients, ${backend} backend`, async () => {
    await tf.setBackend(backend);
    for (const { stride, sources } of cases) {
      const x = tf.randomNormal<tf.Rank.R4>([...SHAPE], 0, 1, 'float32', 3);
      const layer = new SubsampleChannels({ stride, sources });
      const y = layer.apply(x) as tf.Tensor4D;
      assert.deepEqual(y.shape, layer.computeOutputShape([...SHAPE]));
      assert.deepEqual(Array.from(y.dataSync()), expected(x.dataSync<'float32'>(), stride, sources));

      const numTensors = tf.memory().numTensors;
      const weights = tf.randomNormal<tf.Rank.R4>(y.shape, 0, 1, 'float32', 4);
      const gradient = tf.grad((input: tf.Tensor) => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, weights)))(x);
      // The layer is linear: <w, f(e)> for a unit vector e is the gradient's entry.
      const analytic = gradient.dataSync();
      const w = weights.dataSync();
      for (const at of [0, 1, 2, 15, 24, 70, 119]) {
        const unit = new Float32Array(120);
        unit[at] = 1;
        const image = expected(unit, stride, sources);
        const byHand = image.reduce((total, v, i) => total + v * w[i], 0);
        assert.ok(Math.abs(analytic[at] - byHand) < 1e-5, `${backend} ${JSON.stringify({ stride, sources, at })}`);
      }
      tf.dispose([weights, gradient]);
      assert.equal(tf.memory().numTensors, numTensors);
      tf.dispose([x, y]);
    }
  });
}

test('a model with the layer survives its JSON form', async () => {
  await tf.setBackend('cpu');
  const input = tf.input({ shape: [5, 4, 3] });
  const layer = new SubsampleChannels({ stride: 2, sources: [2, -1, 0, 0], name: 'pick' });
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  const topology = JSON.parse(model.toJSON() as string) as Parameters<typeof tf.models.modelFromJSON>[0];
  const copy = await tf.models.modelFromJSON(topology);
  assert.deepEqual(copy.getLayer('pick').getConfig()['sources'], [2, -1, 0, 0]);
  assert.deepEqual(copy.outputs[0].shape, [null, 3, 2, 4]);
});

test('sources outside the input and malformed settings are refused', () => {
  const input = tf.input({ shape: [5, 4, 3] });
  assert.throws(() => new SubsampleChannels({ stride: 2, sources: [0, 3] }).apply(input), /channel 3 .* 3 channels/);
  assert.throws(() => new SubsampleChannels({ stride: 0, sources: [0] }), ModelError);
  assert.throws(() => new SubsampleChannels({ stride: 1, sources: [] }), ModelError);
  assert.throws(() => new SubsampleChannels({ stride: 1, sources: [-2] }), ModelError);
});
