import { ModelError } from '../../errors.js';
import type { OnnxWriter } from './onnx-writer.js';

type Write = (to: OnnxWriter, name: string, x: string, axis: number) => string;

const one =
  (operator: string, attributes: Parameters<OnnxWriter['node']>[3] = {}): Write =>
  (to, name, x) =>
    to.node(operator, name, [x], attributes);

const clip =
  (low: number, high: number): Write =>
  (to, name, x) =>
    to.node('Clip', name, [x, to.scalar(`${name}.low`, low), to.scalar(`${name}.high`, high)]);

const timesX =
  (gate: Write): Write =>
  (to, name, x, axis) =>
    to.node('Mul', name, [x, gate(to, name, x, axis)]);

const plus = (to: OnnxWriter, name: string, x: string, n: number) =>
  to.node('Add', name, [x, to.scalar(`${name}.c`, n)]);
const times = (to: OnnxWriter, name: string, x: string, n: number) =>
  to.node('Mul', name, [x, to.scalar(`${name}.c`, n)]);

const gelu: Write = (to, name, x) => {
  const half = times(to, name, x, 0.5);
  const erf = to.node('Erf', name, [times(to, name, x, Math.SQRT1_2)]);
  return to.node('Mul', name, [half, plus(to, name, erf, 1)]);
};

const geluNew: Write = (to, name, x) => {
  const cube = to.node('Mul', name, [x, to.node('Mul', name, [x, x])]);
  const inner = to.node('Add', name, [x, times(to, name, cube, 0.044715)]);
  const tanh = to.node('Tanh', name, [times(to, name, inner, Math.sqrt(2 / Math.PI))]);
  return to.node('Mul', name, [times(to, name, x, 0.5), plus(to, name, tanh, 1)]);
};

const hardSigmoid = one('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
const swish = timesX(one('Sigmoid'));

/** Activations by tfjs's names and those of `lib/models/layers`, as ONNX nodes. */
const ACTIVATIONS: Readonly<Record<string, Write>> = {
  linear: (_to, _name, x) => x,
  relu: one('Relu'),
  relu6: clip(0, 6),
  sigmoid: one('Sigmoid'),
  tanh: one('Tanh'),
  softplus: one('Softplus'),
  softsign: one('Softsign'),
  elu: one('Elu'),
  selu: one('Selu'),
  celu: one('Celu'),
  exponential: one('Exp'),
  leakyRelu: one('LeakyRelu', { alpha: { float: 0.2 } }),
  softmax: (to, name, x, axis) => to.node('Softmax', name, [x], { axis: { int: axis } }),
  logSoftmax: (to, name, x, axis) => to.node('LogSoftmax', name, [x], { axis: { int: axis } }),
  hardSigmoid: one('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  hardSigmoidRelu6: hardSigmoid,
  hardSilu: timesX(hardSigmoid),
  hardSwish: timesX(hardSigmoid),
  hardTanh: clip(-1, 1),
  swish,
  silu: swish,
  gelu,
  gelu_new: geluNew,
  geluNew,
  mish: timesX((to, name, x) => to.node('Tanh', name, [to.node('Softplus', name, [x])])),
  logSigmoid: (to, name, x) => to.node('Neg', name, [to.node('Softplus', name, [to.node('Neg', name, [x])])]),
};

/**
 * Writes an activation.
 * @param axis of the channels
 * @throws ModelError naming the layer when the activation is not known
 */
export function writeActivation(to: OnnxWriter, layer: string, activation: unknown, x: string, axis: number): string {
  const name = typeof activation === 'string' ? activation : 'linear';
  const write = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!write) throw new ModelError(`Layer '${layer}': its activation '${name}' cannot be written to ONNX.`);
  return write(to, layer, x, axis);
}
