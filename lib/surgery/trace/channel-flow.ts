import { ModelError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { ChannelFlow } from '../graph/layer-type.js';
import { activationMixes } from '../layers/activation.js';
import { requireCapability } from '../layers/table.js';

/** Identity of every channel at every layer's output, before units are numbered. */
export interface FollowedChannels {
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

/**
 * Follows the channels through a model's layers: union-find over (convolution, kernel), joined by additions and products.
 * @throws ModelError naming the layer that cannot be followed
 */
export function followChannels(graph: readonly LayerNode[]): FollowedChannels {
  const parent: number[] = [];
  const reasons = new Map<number, string>();
  const convLayers: { name: string; kernels: number; inputChannels: number; firstId: number }[] = [];
  const channels = new Map<string, Int32Array>();
  const shapes = new Map(graph.map(({ name, outputShape }) => [name, outputShape]));

  const find = (id: number): number => {
    while (parent[id] !== id) id = parent[id] = parent[parent[id]];
    return id;
  };
  const tie = (a: number, b: number) => {
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
    const flowThrough = requireCapability(node, 'channels');
    if (config['dataFormat'] === 'channelsFirst')
      fail('reads channels first; only channels-last models can be traced.');
    const inputs = node.inputs.map((input) => channels.get(input)!);
    const width = node.outputShape[node.outputShape.length - 1] ?? fail('the number of output channels is not known.');
    const flow: ChannelFlow = {
      inputs,
      inputShapes: node.inputs.map((input) => shapes.get(input)!),
      width,
      kernels() {
        const ids = fresh(width);
        convLayers.push({ name, kernels: width, inputChannels: inputs[0].length, firstId: ids[0] });
        return ids;
      },
      fresh,
      tie,
      areTied: (a, b) => find(a) === find(b),
      protect,
      fail,
    };
    const ids = flowThrough(node, flow);
    if (activationMixes(config['activation'] as string)) protect(ids, `the softmax of '${name}' mixes all channels`);
    channels.set(name, ids);
  }
  protect(channels.get(graph[graph.length - 1].name)!, "its channels are the model's output");
  return { convLayers, channels, find, protectedReason: (root) => reasons.get(find(root)) };
}
