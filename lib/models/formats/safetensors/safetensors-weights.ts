import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { metadataNormalisation } from '../torch/pytorch-res-net.js';
import { recogniseStateDict } from '../torch/recognise-state-dict.js';
import { parseSafetensors } from './safetensors.js';

/** PyTorch weights in safetensors. */
export const safetensors: ModelFormat = {
  name: 'safetensors',
  endings: ['.safetensors'],
  recognises: ({ bytes }) =>
    bytes.length > 10 && bytes.readBigUInt64LE(0) <= bytes.length - 8 && bytes.toString('latin1', 8, 10) === '{"',
  read: readSafetensorsWeights,
};

function readSafetensorsWeights({ path, bytes }: ModelFile): Promise<ReadModel> {
  const { tensors, metadata } = parseSafetensors(bytes, path);
  const model = recogniseStateDict(tensors, metadata, path);
  try {
    const normalisation = metadataNormalisation(metadata, model.inputs[0].shape[3]!, path);
    const notes = { format: 'safetensors', writtenBy: null, dropped: [], changed: [] };
    return Promise.resolve({ network: model, normalisation, classNames: null, notes, files: [bytes] });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
