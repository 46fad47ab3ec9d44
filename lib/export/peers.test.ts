import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GroupedConv2D } from '../models/layers/grouped-conv2d.js';
import { PaddedAveragePooling2D, PaddedMaxPooling2D } from '../models/layers/padded-pooling.js';
import { SubsampleChannels } from '../models/subsample-channels.js';
import { temporaryFolder } from '../models/weight-files.fixture.js';
import { randomiseWeights } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { exportModel } from './export-model.js';

/** A Python that has onnxruntime and Keras 3 with some backend; the test says that it was left out where it is not named. */
const python = process.env['MODULAB_PEER_PYTHON'];
const skip = python === undefined ? 'MODULAB_PEER_PYTHON names no Python with onnxruntime and keras' : false;

const OPENERS: Readonly<Record<string, string>> = {
  '.onnx': "import onnxruntime; s = onnxruntime.InferenceSession(f); y = s.run(None, {'input': x})[0]",
  '.keras': 'import keras; y = keras.ops.convert_to_numpy(keras.models.load_model(f, compile=False)(x))',
  '.h5': 'import keras; y = keras.ops.convert_to_numpy(keras.models.load_model(f, compile=False)(x))',
};

function network(): tf.LayersModel {
  const apply = (layer: tf.layers.Layer, ...x: tf.SymbolicTensor[]) =>
    layer.apply(x.length === 1 ? x[0] : x) as tf.SymbolicTensor;
  const image = tf.input({ shape: [12, 12, 3], name: 'image' });
  let x = apply(tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', name: 'stem.conv' }), image);
  x = apply(new PaddedMaxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: 'pool' }), x);
  const side = apply(new SubsampleChannels({ stride: 1, sources: [3, -1, 0, 7, 7, 2], name: 'side' }), x);
  const mean = apply(
    new PaddedAveragePooling2D({ poolSize: 3, strides: 1, padding: 1, countPadding: false, name: 'mean' }),
    x,
  );
  const grouped = apply(
    new GroupedConv2D({ filters: 6, kernelSize: 3, groups: 2, padding: 'same', name: 'grouped' }),
    mean,
  );
  x = apply(tf.layers.add({ name: 'add' }), side, apply(tf.layers.batchNormalization({ name: 'bn' }), grouped));
  x = apply(tf.layers.activation({ activation: 'swish', name: 'act' }), x);
  x = apply(tf.layers.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', name: 'larger' }), x);
  x = apply(tf.layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 3, padding: 'valid', name: 'apart' }), x);
  x = apply(tf.layers.flatten({ name: 'flatten' }), x);
  return randomiseWeights(tf.model({ inputs: image, outputs: apply(tf.layers.dense({ units: 4, name: 'fc' }), x) }), 1);
}

for (const [ending, opener] of Object.entries(OPENERS)) {
  test(`${ending} is opened by its own program with equal outputs`, { skip }, async () => {
    const folder = temporaryFolder();
    const model = network();
    const file = await exportModel(model, path.join(folder, `model${ending}`));
    const image = Float32Array.from({ length: 2 * 12 * 12 * 3 }, (_, i) => Math.sin(i));
    fs.writeFileSync(path.join(folder, 'x.bin'), Buffer.from(image.buffer));
    const program = `import sys, json, numpy
f = sys.argv[1]; x = numpy.fromfile(sys.argv[2], numpy.float32).reshape(2, 12, 12, 3)
${opener}
print(json.dumps(numpy.asarray(y).tolist()))`;
    const printed = execFileSync(python!, ['-c', program, file, path.join(folder, 'x.bin')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const got = (JSON.parse(printed.trim().split('\n').at(-1)!) as number[][]).flat();
    const expected = tf.tidy(() =>
      Array.from((model.predict(tf.tensor4d(image, [2, 12, 12, 3])) as tf.Tensor).dataSync()),
    );
    model.dispose();
    got.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${value}, expected ${expected[i]}`));
    assert.equal(got.length, expected.length);
  });
}
