import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import type { LayerNode } from '../graph/layer-graph.js';
import { type LayerType, ownStep } from '../graph/layer-type.js';
import { copyStep, cutSources, plannedCopy } from './subsample-channels.js';

/** The channel shuffle of ShuffleNet. After channels were cut it is a copy of channels in another order. */
export const channelShuffle: LayerType = {
  classNames: ['ChannelShuffle'],
  channels: (node, { inputs: [x] }) => Int32Array.from(sourcesOf(node), (source) => x[source]),
  cut: (node, ends) =>
    ends.input || ends.output
      ? {
          className: 'SubsampleChannels',
          config: { name: node.name, stride: 1, sources: cutSources(sourcesOf(node), ends) },
        }
      : { config: node.config },
  keepsZero: true,
  step: (context) =>
    context.input.present || context.output.present ? copyStep(context, sourcesOf(context.node), 1) : ownStep(context),
  planned: (context) => plannedCopy(context, sourcesOf(context.node), 1),
  deadInputs(question) {
    const sources = sourcesOf(question.node);
    return deadUncopied(question, ([y, x, c]) => positionIn(question.shapes.inputs[0], y, x, sources[c]));
  },
};

function sourcesOf({ config, outputShape }: LayerNode): number[] {
  const groups = config['groups'] as number;
  const channels = outputShape[2]!;
  return Array.from({ length: channels }, (_, i) => (i % groups) * (channels / groups) + Math.floor(i / groups));
}
