import { normaliseNeighbours } from '../../../models/layers/local-response-normalization.js';
import type * as tf from '../../../tf.js';
import { hasBit } from '../../graph/bitset.js';
import { deadWhere } from '../../graph/dead-inputs.js';
import type { LayerNode } from '../../graph/layer-graph.js';
import { channelList, type LayerType, onlyKept, sameChannels } from '../../graph/layer-type.js';
import type { KeptChannels } from '../../graph/weight-layout.js';

/** Local response normalisation over neighbouring channels (AlexNet). Channels keep the neighbours they had. */
export const localResponseNormalization: LayerType = {
  classNames: ['LocalResponseNormalization'],
  role: 'normalisation',
  channels: sameChannels,
  cut: (node, { output }) => ({
    config: output ? { ...node.config, positions: positionsOf(node, output) } : node.config,
  }),
  keepsZero: true,
  needsZeros: true,
  step(context) {
    const positions = positionsOf(context.node, context.output.present);
    const { size, alpha, beta, bias } = context.node.config as Record<string, number>;
    const kept = onlyKept(context);
    return ([x]) => normaliseNeighbours(kept(x) as tf.Tensor4D, { size, alpha, beta, bias }, positions);
  },
  deadInputs(question) {
    const { node, dead, shapes } = question;
    const channels = shapes.output[2];
    const positions = positionsOf(node, null);
    const size = node.config['size'] as number;
    const before = Math.floor((size - 1) / 2);
    return deadWhere(question, (i) => {
      const own = positions[i % channels];
      const base = i - (i % channels);
      return positions.every((to, c) => own < to - before || own >= to - before + size || hasBit(dead, base + c));
    });
  },
};

function positionsOf({ config, outputShape }: LayerNode, kept: KeptChannels): number[] {
  const before = config['positions'] as number[] | undefined;
  return channelList(kept, outputShape[2]!).map((channel) => before?.[channel] ?? channel);
}
