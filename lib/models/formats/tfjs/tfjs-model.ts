import path from 'node:path';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { kerasNetwork } from '../keras/keras-network.js';
import type { StoredWeight } from '../keras/stored-weights.js';
import { compiledLoss } from '../keras/training-settings.js';
import { isObject, parseJsonObject, readModelFile } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { elementCount } from '../named-tensor.js';
import { readSavedMetadata } from './saved-metadata.js';

/** `model.json` with its weight files beside it: saved by `saveModel` or tfjs, or converted from Keras. */
export const tfjsLayers: ModelFormat = {
  name: 'tfjs layers model',
  endings: ['.json'],
  recognises: ({ bytes }) => /^\s*\{/.test(bytes.toString('latin1', 0, 64)) && bytes.includes('"modelTopology"'),
  read: readTfjsModel,
};

const BYTES: Record<string, number> = { float32: 4, float16: 2, int32: 4, uint16: 2, uint8: 1, bool: 1 };

/**
 * Reads model.json and the weight files it names, quantised or not.
 * @throws ModelError naming the file and what was expected
 */
function readTfjsModel({ path: file, bytes }: ModelFile): Promise<ReadModel> {
  const json = parseJsonObject(bytes.toString('utf8'), file);
  const { modelTopology, weightsManifest, userDefinedMetadata, generatedBy, convertedBy, trainingConfig } = json;
  if (!isObject(modelTopology)) {
    throw new ModelError(
      `${file}: expected a tfjs layers model with a modelTopology, found ${Object.keys(json).join(', ') || 'nothing'}.`,
    );
  }
  const { weights, shards } = readShards(weightsManifest, file);
  const version = modelTopology['keras_version'];
  const { network, dropped, changed, opened } = kerasNetwork(
    modelTopology,
    weights,
    typeof version === 'string' ? version : null,
    file,
  );
  const saved = readSavedMetadata(isObject(userDefinedMetadata) ? userDefinedMetadata : {}, file);
  const writtenBy = [generatedBy, convertedBy].filter((one) => typeof one === 'string' && one !== '');
  const notes = {
    format: 'tfjs layers model',
    writtenBy: writtenBy.length ? writtenBy.join(', ') : null,
    dropped,
    changed,
    opened,
    loss: compiledLoss(trainingConfig ?? modelTopology['training_config']),
  };
  return Promise.resolve({ network, ...saved, notes, files: [bytes, ...shards] });
}

/**
 * The weights in the files that a model.json names, quantised or not.
 * @param manifest its `weightsManifest`
 * @param file model.json, for messages and to find the others
 * @throws ModelError naming the file or weight
 */
export function readShards(manifest: unknown, file: string): { weights: StoredWeight[]; shards: Buffer[] } {
  if (!isManifest(manifest)) throw new ModelError(`${file}: expected a weightsManifest with paths and weights.`);
  const folder = path.dirname(file);
  const stored: StoredWeight[] = [];
  const allShards: Buffer[] = [];
  for (const { paths, weights } of manifest) {
    const expected = weights.reduce((total, spec) => total + storedBytes(spec, file), 0);
    const again = paths.find((name, i) => paths.indexOf(name) !== i);
    if (again !== undefined) throw new ModelError(`${file}: weight file '${again}' is named twice.`);
    const shards = paths.map((name) => {
      if (path.isAbsolute(name) || path.normalize(name).startsWith('..')) {
        throw new ModelError(`${file}: weight file '${name}' lies outside the model's folder.`);
      }
      return readModelFile(path.join(folder, name));
    });
    const data = Buffer.concat(shards);
    if (data.length !== expected) {
      throw new ModelError(
        `${file}: its ${weights.length} weights take ${expected} bytes, ${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} ${data.length}.`,
      );
    }
    let at = 0;
    for (const spec of weights) {
      const size = storedBytes(spec, file);
      stored.push(decode(spec, data.subarray(at, at + size)));
      at += size;
    }
    allShards.push(...shards);
  }
  return { weights: stored, shards: allShards };
}

/** One by one: two models inside a model may have weights of one name. */
function decode(spec: tf.io.WeightsManifestEntry, bytes: Buffer): StoredWeight {
  const { [spec.name]: tensor } = tf.io.decodeWeights(Uint8Array.from(bytes).buffer, [spec]);
  const values = tensor.dataSync<'float32'>();
  const { dtype, shape } = tensor;
  tensor.dispose();
  return { name: spec.name, group: null, tensor: { dtype, shape, values } };
}

function storedBytes(spec: tf.io.WeightsManifestEntry, file: string): number {
  const dtype = spec.quantization?.dtype ?? spec.dtype;
  if (!Object.hasOwn(BYTES, dtype)) {
    throw new ModelError(
      `${file}: weight '${spec.name}': expected number type ${Object.keys(BYTES).join(', ')}, got ${dtype}.`,
    );
  }
  return elementCount(spec.shape) * BYTES[dtype];
}

function isManifest(value: unknown): value is tf.io.WeightsManifestConfig {
  const isSpec = (spec: unknown) =>
    isObject(spec) &&
    typeof spec['name'] === 'string' &&
    typeof spec['dtype'] === 'string' &&
    Array.isArray(spec['shape']) &&
    spec['shape'].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  return (
    Array.isArray(value) &&
    value.every(
      (group) =>
        isObject(group) &&
        Array.isArray(group['paths']) &&
        group['paths'].every((name) => typeof name === 'string') &&
        Array.isArray(group['weights']) &&
        group['weights'].every(isSpec),
    )
  );
}
