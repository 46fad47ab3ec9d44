import * as tf from '../../tf.js';
import { deadTogether } from '../graph/dead-inputs.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { ChannelFlow, LayerType } from '../graph/layer-type.js';

/** Channels repeat along the new last axis, or stay what they are; anything else would mix them. */
function reshapedChannels(node: LayerNode, flow: ChannelFlow): Int32Array {
  const [x] = flow.inputs;
  const { width } = flow;
  if (node.outputShape.some((size) => size === null)) flow.fail('needs an input of known height and width.');
  const features = (node.outputShape as number[]).reduce((product, size) => product * size, 1);
  for (let i = width; i < features; i++) {
    if (!flow.areTied(x[i % x.length], x[(i % width) % x.length])) {
      flow.fail(
        `the new shape ${node.outputShape.join('×')} mixes channels; they must stay together on the last axis.`,
      );
    }
  }
  return Int32Array.from({ length: width }, (_, i) => x[i % x.length]);
}

/** Maps as one row of features. */
export const flatten: LayerType = {
  classNames: ['Flatten'],
  channels: reshapedChannels,
  keepsZero: true,
  passesAffine: true,
  step:
    () =>
    ([x]) =>
      tf.reshape(x, [x.shape[0], tf.util.sizeFromShape(x.shape.slice(1))]),
  planned: () => ({ kind: 'flatten' }),
  deadInputs: deadTogether,
};

/** The same values in another shape. */
export const reshape: LayerType = {
  classNames: ['Reshape'],
  channels: reshapedChannels,
  cut: ({ config, outputShape }, { output }) => ({
    config: {
      ...config,
      targetShape: [...outputShape.slice(0, -1), output?.length ?? outputShape.at(-1)!] as number[],
    },
  }),
  keepsZero: true,
  passesAffine: true,
  step({ node, outputWidth }) {
    const shape = node.outputShape.slice(0, -1) as number[];
    return ([x]) => tf.reshape(x, [x.shape[0], ...shape, outputWidth]);
  },
  deadInputs: deadTogether,
};
