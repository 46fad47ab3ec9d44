import type { ModelFile, ModelFormat, ReadingOptions, ReadModel } from '../model-format.js';
import { knownName } from '../torch/hub-config.js';
import { networkOfStateDict } from '../torch/recognise-state-dict.js';
import { zipEntryNames } from '../zip-entries.js';
import { parseNpz } from './npz.js';

/** PyTorch weights in numpy's archive. */
export const npz: ModelFormat = {
  name: 'npz',
  endings: ['.npz'],
  weightsAlone: true,
  recognises: ({ bytes }) => zipEntryNames(bytes).some((name) => name.endsWith('.npy')),
  read: readNpzWeights,
};

function readNpzWeights({ path, bytes }: ModelFile, { imageSize, architecture }: ReadingOptions): Promise<ReadModel> {
  const { network, notes } = networkOfStateDict(
    parseNpz(bytes, path),
    { imageSize, architecture: architecture ?? knownName(path, null) },
    path,
  );
  return Promise.resolve({
    network,
    normalisation: null,
    classNames: null,
    notes: { format: 'npz', writtenBy: null, ...notes },
    files: [bytes],
  });
}
