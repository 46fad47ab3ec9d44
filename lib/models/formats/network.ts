import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { loadWeights } from '../load-weights.js';
import { modelFromTopology } from './keras/model-topology.js';
import { type NamedTensor, storedNumbers } from './named-tensor.js';

/** One layer of a {@link Network}: what it is, what it reads, and its weights. */
export interface NetworkLayer {
  /** Unique in the network. */
  readonly name: string;
  /** A layer class that is registered with tfjs: one of its own or one of `lib/models/layers`. */
  readonly className: string;
  /** The class's settings under Keras 2's names (`kernel_size`, `data_format`); `name` is added. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers it reads, in the order it reads them; none for an `InputLayer`. */
  readonly inputs: readonly string[];
  /** By the names the class gives them (`kernel`, `bias`, `gamma`, `moving_mean`, …), in the class's axis order. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/**
 * A network as a file describes it, in tfjs's terms: flat (no model inside a model, no layer used twice, one output per layer),
 * channels last. What a format's reader makes of a file.
 */
export interface Network {
  readonly name: string;
  readonly layers: readonly NetworkLayer[];
  /** Names of the layers that take the images and of those that answer. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Makes the model that a network describes.
 * @param file name for messages
 * @returns a functional model; the caller disposes it
 * @throws ModelError naming the file and the layer: unknown class, settings that make no layer, weights that are missing or do not fit
 */
export async function buildNetwork(network: Network, file: string): Promise<tf.LayersModel> {
  const { name, layers, inputs, outputs } = withPlainNames(network);
  if (inputs.length === 0 || outputs.length === 0) {
    throw new ModelError(`${file}: expected a network with an input and an output, got ${layers.length} layers.`);
  }
  const weights = new Map<string, NamedTensor>();
  for (const layer of layers) {
    for (const [own, tensor] of layer.weights) weights.set(`${layer.name}/${own}`, tensor);
  }
  const topology = {
    class_name: 'Functional',
    config: {
      name,
      layers: layers.map((layer) => ({
        class_name: layer.className,
        name: layer.name,
        config: { ...layer.config, name: layer.name },
        inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((from) => [from, 0, 0, {}])],
      })),
      input_layers: inputs.map((input) => [input, 0, 0]),
      output_layers: outputs.map((output) => [output, 0, 0]),
    },
  };
  const model = await modelFromTopology(topology, file, storedNumbers(weights));
  try {
    loadWeights(model, weights, { file });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** What tfjs takes as the name of an input and of a weight: no spaces, brackets or letters with accents. */
const PLAIN_NAME = /^[A-Za-z0-9][-A-Za-z0-9_./]*$/;

/** The network with names that tfjs takes; Keras and ONNX let others pass. */
function withPlainNames(network: Network): Network {
  const taken = new Set(network.layers.map(({ name }) => name));
  const renamed = new Map<string, string>();
  for (const layer of network.layers) {
    if (PLAIN_NAME.test(layer.name)) continue;
    const plain = layer.name.replace(/[^-A-Za-z0-9_./]+/g, '_').replace(/^[-_./]+/, '') || 'layer';
    let name = plain;
    for (let i = 2; taken.has(name); i++) name = `${plain}_${i}`;
    taken.add(name);
    renamed.set(layer.name, name);
  }
  if (renamed.size === 0) return network;
  const now = (name: string) => renamed.get(name) ?? name;
  const layers = network.layers.map((layer) => ({ ...layer, name: now(layer.name), inputs: layer.inputs.map(now) }));
  return { ...network, layers, inputs: network.inputs.map(now), outputs: network.outputs.map(now) };
}
