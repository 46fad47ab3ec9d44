import * as tf from '../../tf.js';
import { type Bitset, hasBit } from '../graph/bitset.js';
import { deadUnderChannelWindows, deadWhere } from '../graph/dead-inputs.js';
import { type DeadInputsQuestion, type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';
import { plannedPooling } from '../graph/planned-window.js';

/** Pooling over windows, every channel by itself. */
export const pooling: LayerType = {
  classNames: ['MaxPooling2D', 'AveragePooling2D'],
  role: 'pooling',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  planned(context) {
    const { className, config } = context.node;
    const window = plannedPooling(context, config['poolSize'] as [number, number]);
    return window && { kind: className === 'MaxPooling2D' ? 'maxPool' : 'averagePool', window };
  },
  deadInputs: deadUnderChannelWindows,
};

/** The same with a border of its own, which never wins and is 0 where it counts, or to a given size. */
export const otherPooling: LayerType = {
  classNames: ['PaddedMaxPooling2D', 'PaddedAveragePooling2D', 'AdaptiveAveragePooling2D'],
  role: 'pooling',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
};

/** The mean of every channel. */
export const globalAveragePooling: LayerType = {
  classNames: ['GlobalAveragePooling2D'],
  channels: sameChannels,
  keepsZero: true,
  passesAffine: true,
  step: ownStep,
  planned: () => ({ kind: 'globalAverage' }),
  deadInputs: deadWithChannel,
};

/** The maximum of every channel. */
export const globalMaxPooling: LayerType = {
  classNames: ['GlobalMaxPooling2D'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  // tfjs would give every place that holds the maximum the whole gradient; up-sampled maps hold it many times.
  inputGradients:
    () =>
    ([x], y, dy) => {
      const wide = (t: tf.Tensor) => tf.reshape(t, [x.shape[0], 1, 1, x.shape[3]!]);
      const highest = tf.cast(tf.equal(x, wide(y)), 'float32');
      return [tf.mul(tf.div(highest, tf.sum(highest, [1, 2], true)), wide(dy))];
    },
  deadInputs: deadWithChannel,
};

function deadWithChannel(question: DeadInputsQuestion): Bitset {
  const [, , channels] = question.shapes.inputs[0];
  return deadWhere(question, (i) => hasBit(question.dead, i % channels));
}
