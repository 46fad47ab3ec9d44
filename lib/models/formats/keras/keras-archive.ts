import { ModelError } from '../../../errors.js';
import { parseJsonObject } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { readZipEntries, zipEntryNames } from '../zip-entries.js';
import { readHdf5 } from './hdf5-file.js';
import { storedWeights } from './keras-h5.js';
import { kerasNetwork } from './keras-network.js';
import { compiledLoss } from './training-settings.js';

/** `.keras`: a ZIP archive of `metadata.json`, `config.json` and `model.weights.h5`, by Keras 3 and by Keras 2 from 2.12 on. */
export const kerasArchive: ModelFormat = {
  name: 'Keras archive',
  endings: ['.keras'],
  recognises: ({ bytes }) => {
    const names = zipEntryNames(bytes);
    return names.includes('config.json') && names.includes('metadata.json');
  },
  read: readKerasArchive,
};

async function readKerasArchive({ path, bytes }: ModelFile): Promise<ReadModel> {
  const entries = readZipEntries(bytes, path);
  const entry = (name: string): Buffer => {
    const content = entries.get(name);
    if (content) return content;
    throw new ModelError(
      `${path}: expected a .keras file with metadata.json, config.json and model.weights.h5, found ` +
        `${[...entries.keys()].slice(0, 8).join(', ') || 'nothing'} and no ${name}.`,
    );
  };
  const metadata = parseJsonObject(entry('metadata.json').toString('utf8'), `${path}: metadata.json`);
  const topology = parseJsonObject(entry('config.json').toString('utf8'), `${path}: config.json`);
  const version = typeof metadata['keras_version'] === 'string' ? metadata['keras_version'] : null;
  const weights = entry('model.weights.h5');
  const content = await readHdf5(weights, `${path}: model.weights.h5`);
  const { network, dropped, changed, opened } = kerasNetwork(topology, storedWeights(content, path), version, path);
  const optimizer = [...content.arrays.keys()].some((name) => /(^|\/)optimizer\//.test(name));
  const notes = {
    format: 'Keras .keras',
    writtenBy: version && `Keras ${version}`,
    dropped: [...dropped, ...(optimizer ? ['the state of the optimizer'] : [])],
    changed,
    opened,
    loss: compiledLoss(topology['compile_config']),
  };
  return { network, normalisation: null, classNames: null, notes, files: [bytes] };
}
