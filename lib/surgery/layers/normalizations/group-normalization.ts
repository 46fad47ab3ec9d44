import { normaliseGroups } from '../../../models/layers/group-normalization.js';
import { hasBit } from '../../graph/bitset.js';
import { deadWhere } from '../../graph/dead-inputs.js';
import type { LayerNode } from '../../graph/layer-graph.js';
import { channelList, type LayerType, onlyKept, sameChannels } from '../../graph/layer-type.js';
import { type KeptChannels, VECTOR } from '../../graph/weight-layout.js';

/** Group normalisation. Channels that were removed still count in their group, as the zeros that they are where they are masked. */
export const groupNormalization: LayerType = {
  classNames: ['GroupNormalization'],
  role: 'normalisation',
  channels: sameChannels,
  weights: (_, weights) => weights.map(() => VECTOR),
  cut: (node, { output }) => ({
    config: output && node.config['groups'] !== -1 ? { ...node.config, ...leftGroups(node, output) } : node.config,
  }),
  makesZero: ({ config }) => config['scale'] === true,
  needsZeros: true,
  step(context) {
    const { config } = context.node;
    const [gamma, beta] = config['scale'] ? context.weights : [null, ...context.weights];
    const { present } = context.output;
    const left =
      present || config['groupOfChannel'] ? leftGroups(context.node, present) : { groups: groupCount(context.node) };
    const settings = { ...left, epsilon: config['epsilon'] as number };
    const kept = onlyKept(context);
    return ([x]) => normaliseGroups(kept(x), settings, gamma, beta ?? null);
  },
  multiplyAdds: () => null,
  /** Every value of a group is in all others. */
  deadInputs(question) {
    const { node, dead, shapes } = question;
    const channels = shapes.output.at(-1)!;
    const { groupOfChannel } = leftGroups(node, null);
    const alive = new Set<number>();
    for (let i = 0; i < dead.length; i++) if (!hasBit(dead, i)) alive.add(groupOfChannel[i % channels]);
    return deadWhere(question, (i) => !alive.has(groupOfChannel[i % channels]));
  },
};

function groupCount({ config, outputShape }: LayerNode): number {
  return config['groups'] === -1 ? outputShape.at(-1)! : (config['groups'] as number);
}

/** The group of every channel that is left, and how many channels groups had. */
function leftGroups(
  node: LayerNode,
  kept: KeptChannels,
): { groups: number; groupOfChannel: number[]; groupSize: number } {
  const channels = node.outputShape.at(-1)!;
  const groups = groupCount(node);
  const before = node.config['groupOfChannel'] as number[] | undefined;
  const groupSize = before ? (node.config['groupSize'] as number) : channels / groups;
  const groupOf = (channel: number) => before?.[channel] ?? Math.floor(channel / groupSize);
  return { groups, groupOfChannel: channelList(kept, channels).map(groupOf), groupSize };
}
