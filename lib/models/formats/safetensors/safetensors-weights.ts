import * as tf from '../../../tf.js';
import type { ModelFile, ModelFormat, ReadingOptions, ReadModel } from '../model-format.js';
import { knownName, readHubConfig } from '../torch/hub-config.js';
import { metadataNormalisation } from '../torch/pytorch-res-net.js';
import { networkOfStateDict } from '../torch/recognise-state-dict.js';
import { parseSafetensors } from './safetensors.js';

/** PyTorch weights in safetensors. */
export const safetensors: ModelFormat = {
  name: 'safetensors',
  endings: ['.safetensors'],
  weightsAlone: true,
  recognises: ({ bytes }) =>
    bytes.length > 10 && bytes.readBigUInt64LE(0) <= bytes.length - 8 && bytes.toString('latin1', 8, 10) === '{"',
  read: readSafetensorsWeights,
};

function readSafetensorsWeights(
  { path, bytes }: ModelFile,
  { imageSize, architecture }: ReadingOptions,
): Promise<ReadModel> {
  const { tensors, metadata } = parseSafetensors(bytes, path);
  const hub = readHubConfig(path);
  const facts = {
    metadata,
    architecture: architecture ?? knownName(path, hub),
    imageSize: imageSize ?? hub?.imageSize ?? undefined,
  };
  const { network, notes } = networkOfStateDict(tensors, facts, path);
  const channels = inputChannels(network);
  try {
    return Promise.resolve({
      network,
      normalisation: metadataNormalisation(metadata, channels, path) ?? hub?.normalisation(channels) ?? null,
      classNames: hub?.classNames ?? null,
      notes: { format: 'safetensors', writtenBy: hub?.architecture ?? null, ...notes },
      files: hub ? [bytes, hub.content] : [bytes],
    });
  } catch (error) {
    if (network instanceof tf.LayersModel) network.dispose();
    throw error;
  }
}

function inputChannels(network: ReadModel['network']): number {
  if (network instanceof tf.LayersModel) return network.inputs[0].shape[3]!;
  const image = network.layers.find(({ name }) => name === network.inputs[0])!;
  return (image.config['batch_input_shape'] as number[])[3];
}
