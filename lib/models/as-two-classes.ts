import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { flattenNested } from './flatten-nested.js';
import { modelFromTopology } from './formats/keras/model-topology.js';

interface LayerJson {
  class_name: string;
  name?: string;
  config: Record<string, unknown> & { name: string };
  inbound_nodes?: unknown;
}

const PASSES_THROUGH = new Set(['Dropout', 'Flatten', 'Reshape']);

/** What is to be done to a layer's weights in the copy. */
type Weights = (weights: tf.Tensor[]) => tf.Tensor[];

/**
 * A copy of a classifier of two classes that puts out one number, the probability of the second class or its logit: the copy puts
 * out both probabilities, or the logits −z / 2 and z / 2, which a softmax turns into the same. Both classes depend on the image
 * alike, so that kernels can be found for either.
 * @returns a new model [batch, 2]; the caller disposes it
 * @throws ModelError when the model does not put out one number per image
 * @example
 * const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [4, 4, 1] }), tf.layers.dense({ units: 1, activation: 'sigmoid' })] });
 * const two = await models.asTwoClasses(model);
 */
export async function asTwoClasses(model: tf.LayersModel): Promise<tf.LayersModel> {
  if (model.outputs.length !== 1 || model.outputs[0].shape.length !== 2 || model.outputs[0].shape[1] !== 1) {
    const shapes = model.outputs.map(({ shape }) => `[${shape.map((n) => n ?? 'batch').join(', ')}]`).join(' and ');
    throw new ModelError(
      `asTwoClasses: expected one number per image, [batch, 1]; model '${model.name}' puts out ${shapes}.`,
    );
  }
  const flat = await flattenNested(model);
  try {
    return await withTwoOutputs(flat);
  } finally {
    flat.dispose();
  }
}

/** @param model without models inside */
async function withTwoOutputs(model: tf.LayersModel): Promise<tf.LayersModel> {
  const topology = model.toJSON(null, false) as unknown as {
    config: { layers: LayerJson[]; output_layers: [string, number, number][] };
  };
  const { layers, output_layers: outputs } = topology.config;
  const byName = new Map(layers.map((layer) => [layer.config.name, layer]));
  const inputOf = ({ config }: LayerJson) =>
    byName.get(model.getLayer(config.name).inboundNodes[0].inboundLayers[0].name)!;
  const last = byName.get(model.outputNames[0])!;
  let squashing = last;
  while (PASSES_THROUGH.has(squashing.class_name)) squashing = inputOf(squashing);
  const squash = activationOf(squashing);
  if (squash !== 'sigmoid' && squash !== 'linear') {
    throw new ModelError(
      `asTwoClasses: expected a sigmoid or nothing at the end, the layer '${squashing.config.name}' (${squashing.class_name}) applies ${squash}.`,
    );
  }
  const ending = squash === 'sigmoid' ? 'softmax' : 'linear';
  const before = squashing.class_name === 'Activation' ? inputOf(squashing) : squashing;
  const changed = new Map<string, Weights>();
  if (squashing === last && before.class_name === 'Dense' && (before === last || activationOf(before) === 'linear')) {
    last.config['activation'] = ending;
    before.config['units'] = 2;
    changed.set(before.config.name, (weights) =>
      weights.map((w) => tf.concat([tf.mul(w, -0.5), tf.mul(w, 0.5)], w.rank - 1)),
    );
  } else {
    // Whatever makes the number stays; a dense layer makes two of it.
    const name = `${last.config.name}_two_classes`;
    if (squash === 'sigmoid') squashing.config['activation'] = 'linear';
    const config = { name, units: 2, use_bias: false, activation: ending };
    layers.push({ class_name: 'Dense', name, config, inbound_nodes: [[[last.config.name, 0, 0, {}]]] });
    outputs[0] = [name, 0, 0];
    changed.set(name, () => [tf.tensor2d([[-0.5, 0.5]])]);
  }
  const copy = await modelFromTopology(topology, `Model '${model.name}'`, model.countParams() + 2);
  for (const layer of copy.layers) {
    if (layer.weights.length === 0) continue;
    const change = changed.get(layer.name) ?? ((weights: tf.Tensor[]) => weights);
    tf.tidy(() => {
      const own = model.layers.find(({ name }) => name === layer.name)?.getWeights() ?? [];
      layer.setWeights(change(own));
    });
  }
  return copy;
}

function activationOf({ class_name: kind, config }: LayerJson): string {
  if (kind === 'Softmax') return 'softmax';
  const activation = config['activation'];
  return typeof activation === 'string' ? activation : 'linear';
}
