import type { ModelFile, ModelFormat, ReadingOptions, ReadModel } from '../model-format.js';
import { networkOfStateDict } from '../torch/recognise-state-dict.js';
import { zipEntryNames } from '../zip-entries.js';
import { parseNpz } from './npz.js';

/** PyTorch weights in numpy's archive. */
export const npz: ModelFormat = {
  name: 'npz',
  endings: ['.npz'],
  recognises: ({ bytes }) => zipEntryNames(bytes).some((name) => name.endsWith('.npy')),
  read: readNpzWeights,
};

function readNpzWeights({ path, bytes }: ModelFile, { imageSize }: ReadingOptions): Promise<ReadModel> {
  const { network, notes } = networkOfStateDict(parseNpz(bytes, path), { imageSize }, path);
  return Promise.resolve({
    network,
    normalisation: null,
    classNames: null,
    notes: { format: 'npz', writtenBy: null, ...notes },
    files: [bytes],
  });
}
