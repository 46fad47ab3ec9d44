import * as tf from '../../tf.js';
import { deadTogether } from '../graph/dead-inputs.js';
import { type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';
import { VECTOR } from '../graph/weight-layout.js';

/** ReLU, with or without a largest value. */
export const relu: LayerType = {
  classNames: ['ReLU'],
  role: 'activation',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  activation({ config }) {
    const limit = (config['maxValue'] ?? null) as number | null;
    return { name: limit === null ? 'relu' : limit === 6 ? 'relu6' : `ReLU up to ${limit}`, isRelu: true };
  },
  deadInputs: deadTogether,
};

/** Rectifiers that let something of negative values through; 0 stays 0 in all of them. */
export const otherRectifiers: LayerType = {
  classNames: ['LeakyReLU', 'ELU', 'ThresholdedReLU'],
  role: 'activation',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  activation: ({ className }) => ({ name: className, isRelu: false }),
  deadInputs: deadTogether,
};

/** Rectifiers with slopes that are learnt, one for every value or shared along axes. */
export const prelu: LayerType = {
  classNames: ['PReLU'],
  role: 'activation',
  channels: sameChannels,
  weights: (_, weights) =>
    // a last axis of 1: one slope shared by all channels
    weights.map(({ shape }) => ({ ...(shape[shape.length - 1] === 1 ? {} : VECTOR), keptInMask: true })),
  keepsZero: true,
  step({ weights: [alpha] }) {
    return ([x]) => tf.prelu(x, alpha);
  },
  activation: () => ({ name: 'PReLU', isRelu: false }),
  multiplyAdds: () => null,
  deadInputs: deadTogether,
};
