import * as tf from '../../tf.js';
import { deadTogether } from '../graph/dead-inputs.js';
import { type LayerType, ownStep } from '../graph/layer-type.js';

/** Activations in which one channel's value depends on the others'. */
const MIXING = new Set(['softmax', 'logSoftmax']);

const keepingZero = new Map<string, boolean>();

/** Whether the activation that tfjs knows by a name makes 0 of 0: tried out, so that one's own are known as well. */
export function activationKeepsZero(name: string): boolean {
  let keeps = keepingZero.get(name);
  if (keeps === undefined) {
    const layer = tf.layers.activation({ activation: name as 'relu' });
    keeps = tf.tidy(() => (layer.call(tf.zeros([1, 2]), {}) as tf.Tensor).dataSync().every((value) => value === 0));
    keepingZero.set(name, keeps);
  }
  return keeps;
}

/** Whether an activation of the name mixes channels. */
export const activationMixes = (name: string): boolean => MIXING.has(name);

/** Layers that apply any activation which tfjs knows by name. */
export const activation: LayerType = {
  classNames: ['Activation'],
  role: 'activation',
  isNeutral: ({ config }) => config['activation'] === 'linear',
  channels: (_, { inputs }) => inputs[0], // one that mixes is dealt with for layers of every type
  keepsZero: ({ config }) => activationKeepsZero(config['activation'] as string),
  step: ownStep,
  activation({ config }) {
    const name = config['activation'] as string;
    return { name, isRelu: name === 'relu' || name === 'relu6' };
  },
  deadInputs: deadTogether,
};

/** The softmax layer, whose channels cannot be removed. */
export const softmax: LayerType = {
  classNames: ['Softmax'],
  channels: (node, { inputs, protect }) => protect(inputs[0], `the softmax of '${node.name}' mixes all channels`),
  step: ownStep,
  activation: () => ({ name: 'Softmax', isRelu: false }),
  deadInputs: deadTogether,
};
