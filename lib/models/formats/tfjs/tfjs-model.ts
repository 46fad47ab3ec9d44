import path from 'node:path';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { loadWeights } from '../../load-weights.js';
import { isObject, parseJsonObject, readModelFile } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { modelFromTopology } from '../keras/model-topology.js';
import { elementCount, storedNumbers, type NamedTensor } from '../named-tensor.js';
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
async function readTfjsModel({ path: file, bytes }: ModelFile): Promise<ReadModel> {
  const json = parseJsonObject(bytes.toString('utf8'), file);
  const { format, modelTopology, weightsManifest, userDefinedMetadata } = json;
  if (format === 'graph-model') {
    throw new ModelError(`${file}: expected a layers model, got a graph model, which has no layers to work on.`);
  }
  if (!isObject(modelTopology)) {
    throw new ModelError(
      `${file}: expected a tfjs layers model with a modelTopology, found ${Object.keys(json).join(', ') || 'nothing'}.`,
    );
  }
  const { tensors, shards } = readShards(weightsManifest, file);
  const model = await modelFromTopology(modelTopology, file, storedNumbers(tensors));
  try {
    loadWeights(model, tensors, { file });
    const saved = readSavedMetadata(isObject(userDefinedMetadata) ? userDefinedMetadata : {}, model, file);
    const notes = { format: 'tfjs layers model', writtenBy: null, dropped: [], changed: [] };
    return { network: model, ...saved, notes, files: [bytes, ...shards] };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function readShards(manifest: unknown, file: string): { tensors: Map<string, NamedTensor>; shards: Buffer[] } {
  if (!isManifest(manifest)) throw new ModelError(`${file}: expected a weightsManifest with paths and weights.`);
  const folder = path.dirname(file);
  const tensors = new Map<string, NamedTensor>();
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
    const decoded = tf.io.decodeWeights(Uint8Array.from(data).buffer, weights);
    for (const [name, tensor] of Object.entries(decoded)) {
      tensors.set(name, { dtype: tensor.dtype, shape: tensor.shape, values: tensor.dataSync<'float32'>() });
      tensor.dispose();
    }
    allShards.push(...shards);
  }
  return { tensors, shards: allShards };
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
