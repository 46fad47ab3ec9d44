import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceModel } from '../../../surgery/trace/trace.js';
import * as tf from '../../../tf.js';
import { buildNetwork } from '../network.js';
import { kerasNetwork } from './keras-network.js';
import type { StoredWeight } from './stored-weights.js';

interface Line {
  readonly type: string;
  readonly name: string;
  readonly config?: Record<string, unknown>;
  /** Names of the layers it reads. Default: the one before. */
  readonly from?: readonly string[];
}

/** A functional model as Keras 3 writes it. */
function topology(shape: readonly number[], lines: readonly Line[]): Record<string, unknown> {
  const tensor = (name: string) => ({ class_name: '__keras_tensor__', config: { shape: [], dtype: 'float32', keras_history: [name, 0, 0] } }); // prettier-ignore
  const all: readonly Line[] = [{ type: 'InputLayer', name: 'image', config: { batch_shape: [null, ...shape] } }, ...lines]; // prettier-ignore
  const layers = all.map(({ type, name, config, from }, i) => {
    const inputs = from ?? (i === 0 ? [] : [all[i - 1].name]);
    const args = inputs.length > 1 ? [inputs.map(tensor)] : inputs.map(tensor);
    const inbound_nodes = i === 0 ? [] : [{ args, kwargs: {} }];
    return { module: 'keras.layers', class_name: type, config: { name, ...config }, name, inbound_nodes };
  });
  const config = { name: 'network', layers, input_layers: [['image', 0, 0]], output_layers: [[all[all.length - 1].name, 0, 0]] }; // prettier-ignore
  return { module: 'keras', class_name: 'Functional', config };
}

const weight = (name: string, shape: readonly number[], values: readonly number[]): StoredWeight => ({
  name,
  group: null,
  tensor: { dtype: 'F32', shape, values: Float32Array.from(values) },
});

async function built(shape: readonly number[], lines: readonly Line[], weights: readonly StoredWeight[] = []) {
  const { network, changed } = kerasNetwork(topology(shape, lines), weights, '3.15.1', 'model.keras');
  return { model: await buildNetwork(network, 'model.keras'), changed };
}

const answer = (model: tf.LayersModel, image: tf.Tensor4D): number[] =>
  tf.tidy(() => Array.from((model.predict(image) as tf.Tensor).dataSync()));

test("ConvNeXt's factors per channel are kept and can be traced", async () => {
  const { model, changed } = await built(
    [1, 2, 2],
    [
      { type: 'Conv2D', name: 'conv', config: { filters: 2, kernel_size: [1, 1], use_bias: false } },
      { type: 'LayerScale', name: 'scale', config: { init_values: 1e-6, projection_dim: 2 } },
      { type: 'GlobalAveragePooling2D', name: 'pool' },
    ],
    [weight('layers/conv2d/vars/0', [1, 1, 2, 2], [1, 0, 0, 1]), weight('layers/layer_scale/vars/0', [2], [3, -2])],
  );
  assert.deepEqual(answer(model, tf.tensor4d([1, 10, 3, 20], [1, 1, 2, 2])), [6, -30]);
  assert.match(changed.join(), /factors of channels/);
  assert.equal(traceModel(model).convLayers.length, 1);
  model.dispose();
});

test("Inception-ResNet's sum takes the second map scaled", async () => {
  const { model } = await built(
    [1, 2, 1],
    [
      { type: 'MaxPooling2D', name: 'pooled', config: { pool_size: [1, 1] } },
      { type: 'CustomScaleLayer', name: 'sum', config: { scale: 0.5 }, from: ['image', 'pooled'] },
      { type: 'Flatten', name: 'flat' },
    ],
  );
  assert.deepEqual(answer(model, tf.tensor4d([2, 4], [1, 1, 2, 1])), [3, 6]);
  model.dispose();
});

test('a scale for each colour can be traced, and no colour removed', async () => {
  const { model } = await built(
    [2, 2, 3],
    [
      { type: 'Rescaling', name: 'colours', config: { scale: [1, 2, 3], offset: [0, 0, 1] } },
      { type: 'Conv2D', name: 'conv', config: { filters: 1, kernel_size: [2, 2], use_bias: false } },
      { type: 'Flatten', name: 'flat' },
    ],
    [weight('layers/conv2d/vars/0', [2, 2, 3, 1], new Array<number>(12).fill(1))],
  );
  assert.deepEqual(answer(model, tf.ones([1, 2, 2, 3])), [28]);
  assert.deepEqual(
    traceModel(model).convLayers.map(({ name }) => name),
    ['conv'],
  );
  model.dispose();
});

test('Resizing with pad_to_aspect_ratio puts zeros above and below', async () => {
  const { model } = await built(
    [1, 3, 1],
    [
      { type: 'Resizing', name: 'resized', config: { height: 3, width: 3, pad_to_aspect_ratio: true } },
      { type: 'Flatten', name: 'flat' },
    ],
  );
  assert.deepEqual(answer(model, tf.tensor4d([5, 6, 7], [1, 1, 3, 1])), [0, 0, 0, 5, 6, 7, 0, 0, 0]);
  model.dispose();
});

/** A convolution called 'shared', inside the model 'base' and behind it, as Keras 3 writes it: described twice, stored once. */
function sharedInsideAndOutside(): Record<string, unknown> {
  const conv = { type: 'Conv2D', name: 'shared', config: { filters: 1, kernel_size: [1, 1], use_bias: false } };
  const base = topology([1, 2, 1], [conv]);
  const outer = topology([1, 2, 1], [{ type: 'Functional', name: 'base' }, conv, { type: 'Flatten', name: 'flat' }]);
  const layers = (outer['config'] as { layers: Record<string, unknown>[] }).layers;
  layers[1]['config'] = { ...(base['config'] as Record<string, unknown>), name: 'base' };
  const again = layers[2]['config'] as Record<string, unknown>;
  layers[2]['config'] = { ...again, kernel_initializer: { class_name: 'Zeros', shared_object_id: 140355400875280 } };
  const inner = (layers[1]['config'] as { layers: Record<string, unknown>[] }).layers[1];
  inner['config'] = { ...again, kernel_initializer: { class_name: 'Zeros' } };
  return outer;
}

test('a layer inside and outside of a model inside has its weights once', async () => {
  const stored = [weight('layers/functional/layers/conv2d/vars/0', [1, 1, 1, 1], [3])];
  const { network, changed } = kerasNetwork(sharedInsideAndOutside(), stored, '3.15.1', 'model.keras');
  const model = await buildNetwork(network, 'model.keras');
  assert.deepEqual(answer(model, tf.tensor4d([2, 5], [1, 1, 2, 1])), [18, 45]);
  assert.match(changed.join('\n'), /have in common are copied, and learn apart: 'shared'/);
  model.dispose();
});

test('weights that are missing are not those of a layer with other settings', () => {
  const given = sharedInsideAndOutside();
  const layers = (given['config'] as { layers: Record<string, unknown>[] }).layers;
  layers[2]['config'] = { ...(layers[2]['config'] as Record<string, unknown>), padding: 'same' };
  const stored = [weight('layers/functional/layers/conv2d/vars/0', [1, 1, 1, 1], [3])];
  assert.throws(() => kerasNetwork(given, stored, '3.15.1', 'model.keras'), /missing tensors: 'shared\/kernel'/);
});

test('Flatten behind a pool that keeps its axes is left out with them', async () => {
  const { model } = await built(
    [1, 2, 2],
    [
      { type: 'GlobalMaxPooling2D', name: 'pool', config: { keepdims: true } },
      { type: 'Flatten', name: 'flat' },
      { type: 'Dense', name: 'dense', config: { units: 1, use_bias: false } },
    ],
    [weight('layers/dense/vars/0', [2, 1], [1, 10])],
  );
  assert.deepEqual(answer(model, tf.tensor4d([1, 5, 3, 2], [1, 1, 2, 2])), [53]);
  model.dispose();
});

test("an operation of one tensor is known where tfjs's converter left its module out", async () => {
  const lines = [
    { type: 'Relu', name: 'relu' },
    { type: 'Flatten', name: 'flat' },
  ];
  const given = topology([1, 2, 1], lines);
  for (const layer of (given['config'] as { layers: Record<string, unknown>[] }).layers) delete layer['module'];
  const model = await buildNetwork(kerasNetwork(given, [], 'tensorflowjs', 'model.json').network, 'model.json');
  assert.deepEqual(answer(model, tf.tensor4d([-2, 4], [1, 1, 2, 1])), [0, 4]);
  model.dispose();
});
