/** Keras's names of activation functions, and tfjs's or ours (`lib/models/layers/activations.ts`). */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  linear: 'linear',
  identity: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  celu: 'celu',
  gelu: 'gelu',
  gelu_new: 'gelu_new',
  silu: 'swish',
  swish: 'swish',
  mish: 'mish',
  sigmoid: 'sigmoid',
  hard_sigmoid_relu6: 'hardSigmoidRelu6',
  hard_silu: 'hardSilu',
  hard_swish: 'hardSilu',
  leaky_relu: 'leakyRelu',
  exponential: 'exponential',
  exp: 'exponential',
  softmax: 'softmax',
  log_softmax: 'logSoftmax',
  log_sigmoid: 'logSigmoid',
  softplus: 'softplus',
  softsign: 'softsign',
  soft_sign: 'softsign',
  tanh: 'tanh',
  hard_tanh: 'hardTanh',
  hard_shrink: 'hardShrink',
  soft_shrink: 'softShrink',
  tanh_shrink: 'tanhShrink',
  squareplus: 'squareplus',
  sparse_plus: 'sparsePlus',
  sparse_sigmoid: 'sparseSigmoid',
};

/**
 * The activation that a Keras name means here; undefined for a name that is not known.
 * @param name in Keras's snake case or tfjs's camel case
 * @param keras major version of what wrote the file: `hard_sigmoid` rises by 0.2 in Keras 2 and by 1/6 in Keras 3
 */
export function activationName(name: string, keras: 2 | 3): string | undefined {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (snake === 'hard_sigmoid') return keras === 3 ? 'hardSigmoidRelu6' : 'hardSigmoid';
  return Object.hasOwn(ACTIVATIONS, snake) ? ACTIVATIONS[snake] : undefined;
}
