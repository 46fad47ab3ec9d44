import { ModelError } from '../../../../errors.js';
import { isObject, parseJsonObject } from '../../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../../model-format.js';
import { convertedGraph } from '../../onnx/onnx-format.js';
import { ExternalData } from '../../onnx/onnx-tensor.js';
import { readShards } from '../tfjs-model.js';
import { onnxOfGraph } from './onnx-of-graph.js';

/** tfjs's other format: operations without layers. Those of a convolutional network become layers. */
export const tfjsGraph: ModelFormat = {
  name: 'tfjs graph model',
  endings: [],
  recognises: ({ bytes }) => /^\s*\{/.test(bytes.toString('latin1', 0, 64)) && isGraph(bytes),
  read: (file, { imageSize }) => Promise.resolve(readGraph(file, imageSize)),
};

const isGraph = (bytes: Buffer): boolean => /"format"\s*:\s*"graph-model"/.test(bytes.toString('latin1'));

function readGraph({ path: file, bytes }: ModelFile, imageSize?: readonly [number, number]): ReadModel {
  const json = parseJsonObject(bytes.toString('utf8'), file);
  const { modelTopology, weightsManifest, signature, generatedBy, convertedBy } = json;
  if (!isObject(modelTopology)) throw new ModelError(`${file}: expected a graph model with a modelTopology.`);
  const { weights, shards } = readShards(weightsManifest, file);
  const writtenBy = [generatedBy, convertedBy].filter((one) => typeof one === 'string' && one !== '');
  try {
    const model = onnxOfGraph(modelTopology, signature ?? json['userDefinedMetadata'], weights, file);
    const { converted } = convertedGraph(model, new ExternalData(file), file, imageSize);
    const { network, dropped, changed } = converted;
    return {
      network,
      normalisation: null,
      classNames: null,
      notes: {
        format: 'tfjs graph model',
        writtenBy: writtenBy.length ? writtenBy.join(', ') : null,
        dropped,
        changed: ['operations became layers, named after them', ...changed],
      },
      files: [bytes, ...shards],
    };
  } catch (error) {
    if (!(error instanceof ModelError)) {
      // Damaged files break rules that no converter breaks.
      throw new ModelError(`${file}: the graph is damaged and cannot be read (${(error as Error).message}).`, {
        cause: error,
      });
    }
    throw new ModelError(
      `${error.message} That is, got a graph model, which has operations and no layers, and which cannot be read into layers. Convert the Keras model that ` +
        `it was made of once more, as a layers model: tensorflowjs_converter --input_format=keras --output_format=tfjs_layers_model ` +
        `model.h5 FOLDER (keras_keras for .keras files), or open the .h5 or .keras file itself.`,
      { cause: error },
    );
  }
}
