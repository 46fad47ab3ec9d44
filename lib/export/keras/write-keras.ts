import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import type * as tf from '../../tf.js';
import { exportedLayers, type ExportedWeight } from '../exported-layer.js';
import { KERAS_VERSION, kerasConfig, kerasSnakeCase } from './keras-config.js';
import type { KerasLayer } from './keras-layer.js';
import { kerasLayers } from './keras-layers.js';
import { inKerasOrder } from './keras-order.js';

/** The part of h5wasm's groups and files that is used here. */
interface H5Group {
  create_group(name: string): H5Group;
  create_attribute(name: string, data: string | string[] | Float64Array, shape?: number[] | null, dtype?: string): void;
  create_dataset(args: { name: string; data: Float32Array; shape: number[]; dtype: string }): unknown;
}

/** A model as Keras 3's `.keras` file. @throws ModelError naming a layer that Keras 3 has nothing for */
export async function kerasArchiveBytes(model: tf.LayersModel): Promise<Uint8Array> {
  const layers = inKerasOrder(kerasLayers(exportedLayers(model)));
  const weights = await hdf5Bytes((root) => writeVariables(root, layers));
  const text = (value: unknown) => Buffer.from(JSON.stringify(value));
  return zipSync(
    {
      'metadata.json': text({
        keras_version: KERAS_VERSION,
        date_saved: new Date().toISOString().replace('T', '@').slice(0, 19),
      }),
      'config.json': text(kerasConfig(model.name, layers)),
      'model.weights.h5': weights,
    },
    { level: 0 },
  );
}

/** A model as the `.h5` file that Keras 3 writes and reads. @throws ModelError naming a layer that Keras 3 has nothing for */
export async function kerasH5Bytes(model: tf.LayersModel): Promise<Uint8Array> {
  const layers = inKerasOrder(kerasLayers(exportedLayers(model)));
  return hdf5Bytes((root) => {
    const long = (name: string, value: string) => root.create_attribute(name, value, null, 'S');
    long('keras_version', KERAS_VERSION);
    long('backend', 'tensorflow');
    long('model_config', JSON.stringify(kerasConfig(model.name, layers)));
    const group = root.create_group('model_weights');
    group.create_attribute('keras_version', KERAS_VERSION);
    group.create_attribute('backend', 'tensorflow');
    group.create_attribute('layer_names', layers.map(({ name }) => name)); // prettier-ignore
    group.create_group('top_level_model_weights');
    for (const { name, weights } of layers) {
      const own = group.create_group(name);
      if (weights.length === 0) {
        own.create_attribute('weight_names', new Float64Array(0), [0], '<d'); // as Keras writes an empty list
        continue;
      }
      own.create_attribute('weight_names', weights.map(([weight]) => `${name}/${weight}`)); // prettier-ignore
      const inner = own.create_group(name);
      for (const [weight, numbers] of weights) writeArray(inner, weight, numbers);
    }
  });
}

/** `layers/conv2d_1/vars/0`: classes in snake case, numbered in the model's order. */
function writeVariables(root: H5Group, layers: readonly KerasLayer[]): void {
  root.create_group('vars');
  const group = root.create_group('layers');
  const used = new Map<string, number>();
  for (const { className, weights } of layers) {
    const kind = kerasSnakeCase(className);
    const number = used.get(kind) ?? 0;
    used.set(kind, number + 1);
    const variables = group.create_group(number === 0 ? kind : `${kind}_${number}`).create_group('vars');
    weights.forEach(([, weight], i) => writeArray(variables, String(i), weight));
  }
}

function writeArray(group: H5Group, name: string, { shape, values }: ExportedWeight): void {
  group.create_dataset({ name, data: values, shape: [...shape], dtype: '<f' });
}

/** What is written into an HDF5 file, as its bytes. The library writes files only. */
async function hdf5Bytes(write: (root: H5Group) => void): Promise<Uint8Array> {
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const file = path.join(os.tmpdir(), `modulab-${randomUUID()}.h5`);
  try {
    const out = new h5.File(file, 'w');
    try {
      write(out);
    } finally {
      out.close();
    }
    return fs.readFileSync(file);
  } finally {
    fs.rmSync(file, { force: true });
  }
}
