import { createHash } from 'node:crypto';
import path from 'node:path';
import { ModelError } from '../errors.js';
import type { Normalisation } from '../datasets/dataset.js';
import * as tf from '../tf.js';
import { MODEL_FORMATS } from './formats/formats.js';
import { readModelFile } from './formats/model-file.js';
import type { ModelFile, ModelFormat } from './formats/model-format.js';
import { buildNetwork } from './formats/network.js';
import './layers/index.js';

/** A model from a file, and what the file was. */
export interface LoadedModel {
  model: tf.LayersModel;
  /** How its input images are to be normalised, where the file says so. */
  normalisation: Normalisation | null;
  classNames: string[] | null;
  /** For manifests. The digest is the file's; for a model.json that of model.json and its weight files one after another. */
  source: { path: string; sha256: string };
}

/**
 * Loads a trained model. The content decides the format, and the ending where the content is none that is known:
 * - `.json`: tfjs layers model (saved by `saveModel`, tfjs, or converted from Keras) with its weight files beside it;
 * - `.h5`, `.hdf5`: whole models saved by Keras 2;
 * - `.safetensors`, `.npz`: weights of a PyTorch CIFAR ResNet, whose depth, width, classes and shortcuts follow from names and
 *   shapes. For other networks build the model and use `loadWeights`.
 *
 * Model and safetensors files may say how to normalise images; where they do not, `normalisation` is null and the caller
 * must know (`rawByteInputs()` and `unitInputs()` are the two usual conventions without mean and deviation).
 * @throws ModelError naming the file, what was expected and what was found
 */
export async function loadModel(file: string): Promise<LoadedModel> {
  const opened = { path: file, bytes: readModelFile(file) };
  const { network, normalisation, classNames, files } = await formatOf(opened).read(opened);
  const model = network instanceof tf.LayersModel ? network : await buildNetwork(network, file);
  return { model, normalisation, classNames: classNames && [...classNames], source: source(file, files) };
}

function formatOf(file: ModelFile): ModelFormat {
  const ending = path.extname(file.path).toLowerCase();
  const format =
    MODEL_FORMATS.find((one) => one.recognises(file)) ?? MODEL_FORMATS.find(({ endings }) => endings.includes(ending));
  if (format) return format;
  const known = MODEL_FORMATS.flatMap(({ endings }) => endings);
  throw new ModelError(
    `${file.path}: expected a model file ending in ${known.slice(0, -1).join(', ')} or ${known[known.length - 1]}.`,
  );
}

function source(file: string, contents: readonly Buffer[]): LoadedModel['source'] {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return { path: file, sha256: hash.digest('hex') };
}
