import { weightOf } from '../../channels-first-layers.js';
import type { Operator } from '../conversion.js';
import { type Feature, sameAtoms } from '../feature.js';
import type { NodeReader } from '../node-reader.js';
import { RECOGNISED_ACTIVATION } from '../recognise-activations.js';

const placed = ({ layer, shape }: Feature) => ({ layer, shape });

/** An activation that works on every number by itself. */
const activation =
  (name: string | ((node: NodeReader) => string)): Operator =>
  (node, to) => {
    const x = node.feature(0);
    const chosen = typeof name === 'string' ? name : name(node);
    return to.through(x, to.layers.activation(to.name(node), placed(x), chosen));
  };

/** A layer class of its own with a setting from the node. */
const layer =
  (className: string, config: (node: NodeReader) => Record<string, unknown>): Operator =>
  (node, to) => {
    const x = node.feature(0);
    return to.through(x, to.layers.add(to.name(node), className, config(node), [x.layer], x.shape));
  };

const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;

const only = (node: NodeReader, attribute: string, value: number, otherwise: number, name: string): string => {
  const is = node.float(attribute, otherwise);
  return near(is, value) ? name : node.fail(`${attribute}: expected ${value}, got ${is}.`);
};

const clip: Operator = (node, to) => {
  const bound = (index: number, attribute: string, otherwise: number) =>
    node.known(index)?.values[0] ?? node.float(attribute, otherwise);
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  const x = node.feature(0);
  const unbounded = 3.4e38;
  if (low === 0) return to.through(x, to.layers.relu(to.name(node), placed(x), high >= unbounded ? undefined : high));
  if (near(low, -1) && near(high, 1)) return to.through(x, to.layers.activation(to.name(node), placed(x), 'hardTanh'));
  if (low <= -unbounded && high >= unbounded) return x;
  if (low <= -unbounded && high > 0 && to.layers.layer(x.layer).config['activation'] === 'relu' && to.readOnlyHere(x)) {
    to.layers.replace(x.layer, { className: 'ReLU', config: { max_value: high } });
    return x;
  }
  if (!(low < high) || !Number.isFinite(low))
    return node.fail(`cuts off at ${low} and ${high}, which is not converted.`);
  // Cut off at 0 and the distance of both, moved there and back.
  const moved = to.scaleAndShift(node, x, 1, -low);
  const most = high >= unbounded ? undefined : high - low;
  const cut = to.through(x, to.layers.relu(to.name(node), { layer: moved.layer, shape: moved.shape }, most));
  return to.scaleAndShift(node, cut, 1, low);
};

/** x, or α(e^x − 1) below 0, as (1 − α) · relu(x) + α · elu(x). */
const elu: Operator = (node, to) => {
  const x = node.feature(0);
  const alpha = node.float('alpha', 1);
  const act = (name: string) => to.through(x, to.layers.activation(to.name(node), placed(x), name));
  if (near(alpha, 1)) return act('elu');
  const parts = [to.scaleAndShift(node, act('elu'), alpha, 0), to.scaleAndShift(node, act('relu'), 1 - alpha, 0)];
  return to.through(x, to.layers.merge(to.name(node), 'Add', parts.map(placed)));
};

/** x, or α(e^(x / α) − 1) below 0. */
const celu: Operator = (node, to) => {
  const alpha = node.float('alpha', 1);
  const x = to.scaleAndShift(node, node.feature(0), 1 / alpha, 0);
  const made = to.through(x, to.layers.activation(to.name(node), placed(x), 'elu'));
  return to.scaleAndShift(node, made, alpha, 0);
};

/** relu(x) + relu(−x). */
const absolute: Operator = (node, to) => {
  const x = node.feature(0);
  const relu = (y: Feature) => to.layers.activation(to.name(node), placed(y), 'relu');
  const negative = to.layers.add(to.name(node), 'Rescaling', { scale: -1, offset: 0 }, [x.layer], x.shape);
  const parts = [relu(x), relu(to.through(x, negative))];
  return to.through(x, to.layers.merge(to.name(node), 'Add', parts));
};

const softmax =
  (name: 'softmax' | 'logSoftmax'): Operator =>
  (node, to) => {
    let x = node.feature(0);
    const rank = x.axes.length + 1;
    const axis = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank);
    // Until opset 12 all axes from this one on count as one.
    const over = (node.opset < 13 ? x.axes.slice(axis - 1) : [x.axes[axis - 1]]).flat();
    if (x.shape.length === 3 && x.axes.length === 1) x = to.flattened(node, x);
    if (axis === 0 || !sameAtoms([...over].sort(), [...to.channelAtoms(x)].sort()) || x.shape.length === 2) {
      node.fail(`along axis ${axis} of ${rank}; only along the classes is it converted.`);
    }
    return to.through(x, to.layers.activation(to.name(node), placed(x), name));
  };

const pRelu: Operator = (node, to) => {
  const x = node.feature(0);
  const slope = to.perChannel(x, node.constant(1));
  if (slope === null) return node.fail('expected one slope, or one for every channel.');
  const channels = x.shape[x.shape.length - 1];
  const alpha = typeof slope === 'number' ? new Float32Array(channels).fill(slope) : slope;
  const shape = x.shape.length === 3 ? [1, 1, channels] : [channels];
  const config = x.shape.length === 3 ? { shared_axes: [1, 2] } : {};
  const made = to.layers.add(to.name(node, node.constant(1).name), 'PReLU', config, [x.layer], x.shape, {
    alpha: weightOf(shape, alpha),
  });
  return to.through(x, made);
};

/** Hard sigmoids are told apart by their slope: Keras 2 has 0.2, everybody else 1/6. */
const hardSigmoid = (node: NodeReader): string => {
  const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
  if (near(beta, 0.5) && near(alpha, 0.2)) return 'hardSigmoid';
  if (near(beta, 0.5) && near(alpha, 1 / 6)) return 'hardSigmoidRelu6';
  return node.fail(`alpha ${alpha} and beta ${beta}: only 0.2 or 1/6 with 0.5 are converted.`);
};

export const ACTIVATIONS: Readonly<Record<string, Operator>> = {
  [RECOGNISED_ACTIVATION]: activation((node) => node.text('activation', 'linear')),
  Relu: activation('relu'),
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  Softplus: activation('softplus'),
  Softsign: activation('softsign'),
  Exp: activation('exponential'),
  Mish: activation('mish'),
  HardSwish: activation('hardSilu'),
  HardSigmoid: activation(hardSigmoid),
  Gelu: activation((node) => (node.text('approximate', 'none') === 'tanh' ? 'geluNew' : 'gelu')),
  Celu: celu,
  Selu: activation((node) => only(node, 'alpha', 1.6732632, 1.6732632, only(node, 'gamma', 1.0507010, 1.0507010, 'selu'))), // prettier-ignore
  Swish: activation((node) => only(node, 'alpha', 1, 1, 'swish')),
  LeakyRelu: layer('LeakyReLU', (node) => ({ alpha: node.float('alpha', 0.01) })),
  Elu: elu,
  Abs: absolute,
  ThresholdedRelu: layer('ThresholdedReLU', (node) => ({ theta: node.float('alpha', 1) })),
  PRelu: pRelu,
  Clip: clip,
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('logSoftmax'),
};
