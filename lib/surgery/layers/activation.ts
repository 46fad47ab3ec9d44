import { deadTogether } from '../graph/dead-inputs.js';
import { ownStep, type LayerType } from '../graph/layer-type.js';

/** Activations of which f(0) = 0. */
const KEEPING_ZERO = new Set([
  ...['linear', 'relu', 'relu6', 'elu', 'selu', 'tanh', 'softsign', 'swish', 'gelu', 'gelu_new', 'geluNew', 'mish'],
  ...['silu', 'hardSilu', 'hardSwish', 'leakyRelu', 'celu', 'hardTanh'],
]);
/** Activations in which one channel's value depends on the others'. */
const MIXING = new Set(['softmax', 'logSoftmax']);

/** Whether an activation of the name makes 0 of 0; one that is not known is not taken to. */
export const activationKeepsZero = (name: string): boolean => KEEPING_ZERO.has(name);
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
