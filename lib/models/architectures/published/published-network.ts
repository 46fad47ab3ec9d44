import '../../layers/index.js';
import * as tf from '../../../tf.js';
import type { Network, NetworkLayer } from '../../formats/network.js';
import { tfjsSettings } from '../../formats/tfjs-settings.js';
import type { TorchArchitecture } from '../../formats/torch/architectures/architecture.js';
import { TorchNetwork } from '../../formats/torch/torch-network.js';
import { type ArchitectureOptions, type ResolvedOptions, resolveOptions } from '../architecture-options.js';
import { initialiseWeights } from '../initialise-weights.js';
import { StateShapes } from './state-shapes.js';

/** What a published network is made from. */
export interface PublishedNetwork {
  readonly name: string;
  /** The reader of its PyTorch weights, which says how the layers are connected. */
  readonly architecture: TorchArchitecture;
  /** [height, width, channels] of the published images. */
  readonly inputShape: readonly [number, number, number];
  readonly classes?: number;
}

/**
 * An untrained network with the layers, names and shapes that the reader of its PyTorch weights makes, so that a state dict under
 * the common names has the same layers. No dropout. Initial weights: He normal, biases 0.
 * @param describe names the tensors
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError on options no network can be built from; ModelError when the images are too small for it
 */
export function publishedNetwork(
  { name, architecture, inputShape, classes = 1000 }: PublishedNetwork,
  options: ArchitectureOptions,
  describe: (shapes: StateShapes, resolved: ResolvedOptions) => void,
): tf.LayersModel {
  const resolved = resolveOptions({ inputShape, ...options }, classes);
  const shapes = new StateShapes();
  describe(shapes, resolved);
  const net = new TorchNetwork(shapes.tensors, name);
  const output = architecture.build(net, net.input(resolved.inputShape));
  const model = untrained(net.finish(name, output));
  if (resolved.weights === 'random') initialiseWeights(model, 'he-normal', resolved.seed);
  return model;
}

/** The model that a network describes, kernels and biases 0, scales and variances 1. */
function untrained({ name, layers, inputs, outputs }: Network): tf.LayersModel {
  const tensors = new Map<string, tf.SymbolicTensor>();
  for (const layer of layers) {
    const from = layer.inputs.map((input) => tensors.get(input)!);
    tensors.set(layer.name, from.length === 0 ? imageInput(layer) : (made(layer).apply(from.length === 1 ? from[0] : from) as tf.SymbolicTensor)); // prettier-ignore
  }
  return tf.model({ inputs: tensors.get(inputs[0])!, outputs: tensors.get(outputs[0])!, name });
}

const imageInput = ({ name, config }: NetworkLayer): tf.SymbolicTensor =>
  tf.input({ shape: (config['batch_input_shape'] as number[]).slice(1), name });

/** Kernels that start at 0, so that nothing is drawn that a seed does not decide. */
const ZEROS = { kernelInitializer: 'zeros', depthwiseInitializer: 'zeros' };

function made({ name, className, config }: NetworkLayer): tf.layers.Layer {
  const [make, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className];
  const start = /Conv2D$|^Dense$/.test(className) ? ZEROS : {};
  return fromConfig(make, {
    ...tfjsSettings(config),
    ...start,
    name,
  }) as tf.layers.Layer;
}
