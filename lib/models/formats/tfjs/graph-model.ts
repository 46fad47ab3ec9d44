import { ModelError } from '../../../errors.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';

/** tfjs's other format: operations without layers. */
export const tfjsGraph: ModelFormat = {
  name: 'tfjs graph model',
  endings: [],
  recognises: ({ bytes }) => /^\s*\{/.test(bytes.toString('latin1', 0, 64)) && isGraph(bytes),
  read: refuseGraph,
};

const isGraph = (bytes: Buffer): boolean => /"format"\s*:\s*"graph-model"/.test(bytes.toString('latin1'));

function refuseGraph({ path }: ModelFile): Promise<ReadModel> {
  throw new ModelError(
    `${path}: got a graph model, which has operations and no layers to work on. Convert the Keras model that it was made of once more, ` +
      `as a layers model: tensorflowjs_converter --input_format=keras --output_format=tfjs_layers_model model.h5 FOLDER (keras_keras for .keras files), ` +
      `or open the .h5 or .keras file itself.`,
  );
}
