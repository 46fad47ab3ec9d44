import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../../errors.js';
import { parseJsonObject, readModelFile } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { isArchitecture, versionBeside } from './architecture-beside.js';
import { readHdf5 } from './hdf5-file.js';
import { storedWeights } from './keras-h5.js';
import { kerasNetwork } from './keras-network.js';
import { compiledLoss } from './training-settings.js';

/** `model.to_json()` with the weights in an HDF5 file beside it; a folder that was a `.keras` file is of this kind. */
export const kerasJson: ModelFormat = {
  name: 'Keras JSON with weights',
  endings: [],
  recognises: ({ bytes }) =>
    /^\s*\{/.test(bytes.toString('latin1', 0, 64)) &&
    bytes.includes('"class_name"') &&
    bytes.includes('"config"') &&
    !bytes.includes('"modelTopology"'),
  read: readKerasJson,
};

async function readKerasJson({ path: file, bytes }: ModelFile): Promise<ReadModel> {
  const topology = parseJsonObject(bytes.toString('utf8'), file);
  if (!isArchitecture(topology)) {
    throw new ModelError(`${file}: expected what model.to_json() writes, with class_name and config.`);
  }
  const weightFile = weightsBeside(file);
  const weights = readModelFile(weightFile);
  const version = versionBeside(path.dirname(file), topology);
  const stored = storedWeights(await readHdf5(weights, weightFile), weightFile);
  const { network, dropped, changed, opened } = kerasNetwork(topology, stored, version, file);
  const notes = {
    format: `Keras JSON with ${path.basename(weightFile)}`,
    writtenBy: version && `Keras ${version}`,
    dropped,
    changed,
    opened,
    loss: compiledLoss(topology['compile_config']),
  };
  return { network, normalisation: null, classNames: null, notes, files: [bytes, weights] };
}

/** The weights of `x.json`: `x.weights.h5`, `x.h5`, `model.weights.h5`, or the only HDF5 file beside it. */
function weightsBeside(file: string): string {
  const folder = path.dirname(file);
  const stem = path.basename(file).replace(/\.json$/i, '');
  const there = fs.readdirSync(folder).filter((name) => /\.(h5|hdf5)$/i.test(name));
  const wished = [`${stem}.weights.h5`, `${stem}_weights.h5`, `${stem}.h5`, 'model.weights.h5', 'weights.h5'];
  const found = wished.find((name) => there.includes(name)) ?? (there.length === 1 ? there[0] : undefined);
  if (found !== undefined) return path.join(folder, found);
  throw new ModelError(
    `${file}: is the architecture of a Keras model; expected its weights beside it as ${stem}.weights.h5, found ` +
      `${there.length === 0 ? 'no HDF5 file' : there.slice(0, 5).join(', ')}. Save them with model.save_weights('${stem}.weights.h5').`,
  );
}
