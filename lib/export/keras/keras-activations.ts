import { ModelError } from '../../errors.js';

/** tfjs's and our activations by Keras 3's names; null: Keras has it as a layer of its own or not at all. */
const NAMES: Readonly<Record<string, string>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  softplus: 'softplus',
  softsign: 'softsign',
  elu: 'elu',
  selu: 'selu',
  celu: 'celu',
  exponential: 'exponential',
  gelu: 'gelu',
  mish: 'mish',
  swish: 'silu',
  silu: 'silu',
  hardSilu: 'hard_silu',
  hardSwish: 'hard_silu',
  hardSigmoidRelu6: 'hard_sigmoid',
  hardTanh: 'hard_tanh',
  logSigmoid: 'log_sigmoid',
};

/** An activation by Keras 3's name. @throws ModelError naming the layer when Keras 3 has none like it */
export function kerasActivation(layer: string, activation: unknown): string {
  const name = typeof activation === 'string' ? activation : 'linear';
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  throw new ModelError(`Layer '${layer}': Keras 3 has no activation like '${name}'; write the model to ONNX instead.`);
}
