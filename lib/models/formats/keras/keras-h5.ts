import { ModelError } from '../../../errors.js';
import { parseJsonObject } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { architectureBeside } from './architecture-beside.js';
import { type Hdf5Content, isHdf5, readHdf5 } from './hdf5-file.js';
import { kerasNetwork } from './keras-network.js';
import type { StoredWeight } from './stored-weights.js';
import { compiledLoss } from './training-settings.js';

/** Whole models in HDF5, as Keras 2 and 3 write them, and weights alone with the architecture in a file beside them. */
export const kerasH5: ModelFormat = {
  name: 'Keras HDF5',
  endings: ['.h5', '.hdf5'],
  recognises: ({ bytes }) => isHdf5(bytes),
  read: readKerasH5,
};

/**
 * Reads a model saved by `model.save('x.h5')`: architecture from the `model_config` attribute, weights from the group
 * `model_weights`. A file of weights alone (`model.save_weights`) takes its architecture from the JSON file beside it.
 * @throws ModelError naming the file: not HDF5, cut short, without architecture, unknown layer, misfit weights
 */
async function readKerasH5(file: ModelFile): Promise<ReadModel> {
  const { path, bytes } = file;
  const content = await readHdf5(bytes, path);
  const root = content.attributes.get('')!;
  const config = root.get('model_config');
  const stored = storedWeights(content, path);
  if (typeof config === 'string') {
    const topology = parseJsonObject(config, `${path}: model_config`);
    const version = kerasVersion(content);
    const training = root.get('training_config');
    const compiled = typeof training === 'string' ? parseJsonObject(training, `${path}: training_config`) : {};
    const { network, dropped, changed, opened } = kerasNetwork(topology, stored, version, path);
    const optimizer = [...content.arrays.keys()].some((name) => name.startsWith('optimizer_weights/'));
    const notes = {
      format: 'Keras .h5',
      writtenBy: version && `Keras ${version}`,
      dropped: [...dropped, ...(optimizer ? ['the state of the optimizer'] : [])],
      changed,
      opened,
      loss: compiledLoss(compiled),
    };
    return { network, normalisation: null, classNames: null, notes, files: [bytes] };
  }
  const beside = architectureBeside(path);
  if (!beside) {
    throw new ModelError(
      `${path}: expected a Keras model with an attribute model_config, found ` +
        `${content.arrays.size > 0 ? 'weights alone' : [...root.keys()].join(', ') || 'no attributes'}; save the whole model, or ` +
        `put its architecture (model.to_json()) beside it as model.json or config.json.`,
    );
  }
  const version = beside.version ?? kerasVersion(content);
  const { network, dropped, changed, opened } = kerasNetwork(beside.topology, stored, version, path);
  const notes = {
    format: `Keras weights with ${beside.name}`,
    writtenBy: version && `Keras ${version}`,
    dropped,
    changed,
    opened,
    loss: null,
  };
  return { network, normalisation: null, classNames: null, notes, files: [bytes, beside.bytes] };
}

function kerasVersion(content: Hdf5Content): string | null {
  const version =
    content.attributes.get('')?.get('keras_version') ?? content.attributes.get('model_weights')?.get('keras_version');
  return typeof version === 'string' ? version : null;
}

/**
 * The weights in an HDF5 file of Keras: by layers' places (`layers/conv2d/vars/0`), or in the groups and under the names that the
 * attributes `layer_names` and `weight_names` give.
 * @param file name for messages
 * @throws ModelError when a list names what is not there
 */
export function storedWeights({ attributes, arrays }: Hdf5Content, file: string): StoredWeight[] {
  const root = attributes.get('model_weights')?.has('layer_names') ? 'model_weights' : '';
  const layers = attributes.get(root)?.get('layer_names');
  if (layers === undefined) {
    if (attributes.get('')?.has('model_config')) {
      throw new ModelError(`${file}: expected a group 'model_weights', found none.`);
    }
    return [...arrays].map(([name, tensor]) => ({ name, group: null, tensor }));
  }
  const list = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : value);
  return list(layers).flatMap((layer) => {
    const group = root === '' ? layer : `${root}/${layer}`;
    const names = attributes.get(group)?.get('weight_names');
    if (names === undefined) {
      throw new ModelError(`${file}: expected a list of names in the attribute weight_names of /${group}.`);
    }
    return list(names).map((name): StoredWeight => {
      const tensor = arrays.get(`${group}/${name}`);
      if (!tensor) throw new ModelError(`${file}: weight '${name}' of layer ${layer}: expected an array of numbers.`);
      return { name: name.replace(/:\d+$/, ''), group: layer, tensor };
    });
  });
}
