import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { recogniseStateDict } from '../torch/recognise-state-dict.js';
import { zipEntryNames } from '../zip-entries.js';
import { parseNpz } from './npz.js';

/** PyTorch weights in numpy's archive. */
export const npz: ModelFormat = {
  name: 'npz',
  endings: ['.npz'],
  recognises: ({ bytes }) => zipEntryNames(bytes).some((name) => name.endsWith('.npy')),
  read: readNpzWeights,
};

function readNpzWeights({ path, bytes }: ModelFile): Promise<ReadModel> {
  const network = recogniseStateDict(parseNpz(bytes, path), {}, path);
  const notes = { format: 'npz', writtenBy: null, dropped: [], changed: [] };
  return Promise.resolve({ network, normalisation: null, classNames: null, notes, files: [bytes] });
}
