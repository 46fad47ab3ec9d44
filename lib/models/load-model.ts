import { createHash } from 'node:crypto';
import path from 'node:path';
import { ModelError } from '../errors.js';
import type { Normalisation } from '../datasets/dataset.js';
import type * as tf from '../tf.js';
import { loadKerasH5 } from './keras-h5.js';
import './layers/index.js';
import { readModelFile } from './model-file.js';
import type { NamedTensors } from './named-tensor.js';
import { parseNpz } from './npz.js';
import { isPytorchResNet, metadataNormalisation, pytorchResNet } from './pytorch-res-net.js';
import { parseSafetensors } from './safetensors.js';
import { readSavedMetadata } from './saved-metadata.js';
import { loadTfjsModel } from './tfjs-model.js';

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
 * Loads a trained model. The ending decides the format:
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
  switch (path.extname(file).toLowerCase()) {
    case '.json': {
      const { model, userDefinedMetadata, files } = await loadTfjsModel(file);
      const saved = disposingOnError(model, () => readSavedMetadata(userDefinedMetadata, model, file));
      return { model, ...saved, source: source(file, files) };
    }
    case '.h5':
    case '.hdf5': {
      const model = await loadKerasH5(file);
      return { model, normalisation: null, classNames: null, source: source(file, [readModelFile(file)]) };
    }
    case '.safetensors': {
      const bytes = readModelFile(file);
      const { tensors, metadata } = parseSafetensors(bytes, file);
      const model = recognise(tensors, metadata, file);
      const channels = model.inputs[0].shape[3]!;
      const normalisation = disposingOnError(model, () => metadataNormalisation(metadata, channels, file));
      return { model, normalisation, classNames: null, source: source(file, [bytes]) };
    }
    case '.npz': {
      const bytes = readModelFile(file);
      const model = recognise(parseNpz(bytes, file), {}, file);
      return { model, normalisation: null, classNames: null, source: source(file, [bytes]) };
    }
    default:
      throw new ModelError(`${file}: expected a model file ending in .json, .h5, .hdf5, .safetensors or .npz.`);
  }
}

function recognise(tensors: NamedTensors, metadata: Record<string, string>, file: string): tf.LayersModel {
  if (isPytorchResNet(tensors)) return pytorchResNet(tensors, metadata, file);
  const names = [...tensors.keys()].slice(0, 3).join(', ');
  throw new ModelError(
    `${file}: expected the weights of a PyTorch CIFAR ResNet (conv1.weight, layer1.0.conv1.weight, …), found ` +
      `${tensors.size} tensors (${names || 'none'}). For another network build the model and use loadWeights.`,
  );
}

function disposingOnError<T>(model: tf.LayersModel, read: () => T): T {
  try {
    return read();
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function source(file: string, contents: Buffer[]): LoadedModel['source'] {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return { path: file, sha256: hash.digest('hex') };
}
