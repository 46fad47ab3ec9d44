import { ModelError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';

/** Identity of every channel at every layer's output, before units are numbered. */
export interface ChannelFlow {
  readonly convLayers: readonly {
    readonly name: string;
    readonly kernels: number;
    readonly inputChannels: number;
    /** Id of kernel 0; the layer's kernels have consecutive ids. */
    readonly firstId: number;
  }[];
  /** Layer → id of each channel of its output's last axis. Two ids are the same channel when `find` agrees. */
  readonly channels: ReadonlyMap<string, Int32Array>;
  find(id: number): number;
  /** Why a channel cannot be removed; undefined when it can. */
  protectedReason(root: number): string | undefined;
}

/** Layers that work on each channel by itself and keep the number of channels. */
const PER_CHANNEL = new Set([
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'Rescaling',
  'MaxPooling2D',
  'AveragePooling2D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling2D',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
]);

const MIXING_ACTIVATIONS = new Set(['softmax', 'logSoftmax']);

/**
 * Follows the channels through a model's layers: union-find over (convolution, kernel), joined by additions.
 * @throws ModelError naming the layer that cannot be followed
 */
export function traceChannels(graph: readonly LayerNode[]): ChannelFlow {
  const parent: number[] = [];
  const reasons = new Map<number, string>();
  const convLayers: { name: string; kernels: number; inputChannels: number; firstId: number }[] = [];
  const channels = new Map<string, Int32Array>();

  const find = (id: number): number => {
    while (parent[id] !== id) id = parent[id] = parent[parent[id]];
    return id;
  };
  const join = (a: number, b: number) => {
    const [low, high] = [find(a), find(b)].sort((x, y) => x - y);
    if (low === high) return;
    parent[high] = low;
    const reason = reasons.get(high);
    if (reason !== undefined && !reasons.has(low)) reasons.set(low, reason);
  };
  const fresh = (count: number) =>
    Int32Array.from({ length: count }, () => {
      parent.push(parent.length);
      return parent.length - 1;
    });
  const protect = (ids: Int32Array, reason: string) => {
    for (const id of ids) if (!reasons.has(find(id))) reasons.set(find(id), reason);
    return ids;
  };

  for (const node of graph) {
    const { name, className, config } = node;
    const fail = (what: string): never => {
      throw new ModelError(`Layer '${name}' (${className}): ${what}`);
    };
    if (config['dataFormat'] === 'channelsFirst')
      fail('reads channels first; only channels-last models can be traced.');
    const inputs = node.inputs.map((input) => channels.get(input)!);
    const [x] = inputs;
    const width = lastOf(node.outputShape) ?? fail('the number of output channels is not known.');

    const flowThrough = (): Int32Array => {
      switch (className) {
        case 'InputLayer':
          if (node.outputShape.length !== 3) fail(`expected images [height, width, channels] as input.`);
          return protect(fresh(width), 'it is added to the channels of the input image');
        case 'Conv2D':
        case 'SeparableConv2D': {
          const ids = fresh(width);
          convLayers.push({ name, kernels: width, inputChannels: x.length, firstId: ids[0] });
          return ids;
        }
        case 'DepthwiseConv2D': {
          const multiplier = width / x.length;
          return Int32Array.from({ length: width }, (_, channel) => x[Math.floor(channel / multiplier)]);
        }
        case 'Dense':
          if (node.outputShape.length !== 1) fail('dense layers can be traced on flat features only; flatten first.');
          return fresh(width);
        case 'BatchNormalization': {
          const axis = config['axis'] as number;
          if (axis !== -1 && axis !== node.outputShape.length) fail(`normalises axis ${axis}, expected the last one.`);
          return x;
        }
        case 'Softmax':
          return protect(x, `the softmax of '${name}' mixes all channels`);
        case 'Add': {
          const shapes = node.inputs.map((input) => graph.find((other) => other.name === input)!.outputShape.join('×'));
          if (new Set(shapes).size > 1) fail(`adds maps of different shapes (${shapes.join(' and ')}).`);
          for (const other of inputs.slice(1)) other.forEach((id, channel) => join(x[channel], id));
          return x;
        }
        case 'Concatenate': {
          const axis = config['axis'] as number;
          if (axis !== -1 && axis !== node.outputShape.length) fail(`joins along axis ${axis}, expected the last one.`);
          return Int32Array.from(inputs.flatMap((ids) => [...ids]));
        }
        case 'Flatten':
        case 'Reshape': {
          if (node.outputShape.some((size) => size === null)) fail('needs an input of known height and width.');
          const features = (node.outputShape as number[]).reduce((product, size) => product * size, 1);
          for (let i = width; i < features; i++) {
            if (find(x[i % x.length]) !== find(x[(i % width) % x.length])) {
              fail(
                `the new shape ${node.outputShape.join('×')} mixes channels; they must stay together on the last axis.`,
              );
            }
          }
          return Int32Array.from({ length: width }, (_, i) => x[i % x.length]);
        }
        case 'SubsampleChannels': {
          const sources = config['sources'] as number[];
          const zeros = fresh(width);
          return Int32Array.from(sources, (source, channel) => (source < 0 ? zeros[channel] : x[source]));
        }
        default:
          if (!PER_CHANNEL.has(className)) {
            fail(`unknown layer type; its effect on the channels is not known, so the model cannot be traced.`);
          }
          return x;
      }
    };
    const ids = flowThrough();
    if (MIXING_ACTIVATIONS.has(config['activation'] as string))
      protect(ids, `the softmax of '${name}' mixes all channels`);
    channels.set(name, ids);
  }
  protect(channels.get(graph[graph.length - 1].name)!, "its channels are the model's output");
  return { convLayers, channels, find, protectedReason: (root) => reasons.get(find(root)) };
}

function lastOf(shape: readonly (number | null)[]): number | null {
  return shape[shape.length - 1] ?? null;
}
