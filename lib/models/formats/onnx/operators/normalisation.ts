import { weightOf } from '../../channels-first-layers.js';
import { asWeight, type Operator } from '../conversion.js';
import { axisSizes, sameAtoms, sameAtomSet } from '../feature.js';
import type { Constant } from '../onnx-tensor.js';

const batchNorm: Operator = (node, to) => {
  if (node.int('training_mode', 0)) node.fail('is in training mode; export the network after model.eval().');
  const seen = node.feature(0);
  const x = seen.axes.length === 3 ? to.map(node, seen) : to.flattened(node, seen);
  const [channels] = axisSizes(x);
  const weights = [1, 2, 3, 4].map((index) => {
    const known = node.constant(index, [channels]);
    const spread = { ...known, shape: [channels, ...x.axes.slice(1).map(() => 1)] };
    return weightOf([channels], to.perChannel(x, spread) as Float32Array | number as Float32Array);
  });
  const [gamma, beta, mean, variance] =
    channels === 1 ? [1, 2, 3, 4].map((i) => asWeight(node.constant(i, [1]))) : weights;
  const placed = { layer: x.layer, shape: x.shape };
  const epsilon = node.float('epsilon', 1e-5);
  const made = to.layers.batchNorm(
    to.name(node, node.constant(1).name),
    placed,
    { gamma, beta, mean, variance },
    epsilon,
  );
  return to.through(x, made);
};

/** One number per run of channels, for every channel. */
function spread(known: Constant, channels: number): Float32Array {
  const each = channels / known.values.length;
  return Float32Array.from({ length: channels }, (_, i) => known.values[Math.floor(i / each)]);
}

/**
 * Instance normalisation of [batch, channels, height, width], and of [batch, groups, …], by which PyTorch's exporter writes
 * group normalisation.
 */
const instanceNorm: Operator = (node, to) => {
  const x = node.feature(0);
  const [groups] = axisSizes(x);
  const channels = x.shape[x.shape.length - 1];
  const own = to.channelAtoms(x);
  const perGroup = x.axes[0];
  const leading = own.slice(0, perGroup.length);
  if (x.shape.length !== 3 || !(perGroup.length === 0 || sameAtoms(perGroup, leading)) || channels % groups !== 0) {
    node.fail('only runs of channels can be normalised together.');
  }
  const weights = {
    gamma: weightOf([channels], spread(node.constant(1, [groups]), channels)),
    beta: weightOf([channels], spread(node.constant(2, [groups]), channels)),
  };
  const config = { groups, axis: -1, epsilon: node.float('epsilon', 1e-5), center: true, scale: true };
  const made = to.layers.add(to.name(node), 'GroupNormalization', config, [x.layer], x.shape, weights);
  return to.through(x, made);
};

const groupNorm: Operator = (node, to) => {
  const x = to.map(node, node.feature(0));
  const channels = x.shape[2];
  const groups = node.int('num_groups', 1);
  if (channels % groups !== 0) node.fail(`${groups} groups do not divide ${channels} channels.`);
  // Opset 18 has a scale per group, opset 21 one per channel.
  const weights = {
    gamma: weightOf([channels], spread(node.constant(1), channels)),
    beta: weightOf([channels], spread(node.constant(2), channels)),
  };
  const config = { groups, axis: -1, epsilon: node.float('epsilon', 1e-5), center: true, scale: true };
  const name = to.name(node, node.constant(1).name);
  return to.through(x, to.layers.add(name, 'GroupNormalization', config, [x.layer], x.shape, weights));
};

const layerNorm: Operator = (node, to) => {
  const seen = node.feature(0);
  const x = seen.axes.length === 1 ? to.flattened(node, seen) : seen;
  const axis = node.axis(node.int('axis', -1), x.axes.length + 1);
  const over = x.axes.slice(axis - 1).flat();
  const channels = to.channelAtoms(x);
  const epsilon = node.float('epsilon', 1e-5);
  const weight = (index: number) => {
    const known = node.known(index);
    const values = known && to.perChannel(x, known);
    return values instanceof Float32Array ? weightOf([values.length], values) : undefined;
  };
  const [gamma, beta] = [weight(1), weight(2)];
  const name = to.name(node, node.known(1)?.name);
  if (axis > 0 && sameAtomSet(over, channels) && (gamma || !node.known(1)) && (beta || !node.known(2))) {
    const config = { axis: -1, epsilon, scale: Boolean(gamma), center: Boolean(beta) };
    return to.through(x, to.layers.add(name, 'LayerNormalization', config, [x.layer], x.shape, { gamma, beta }));
  }
  return node.fail('only along the channels is it converted.');
};

const lrn: Operator = (node, to) => {
  const x = to.map(node, node.feature(0));
  const config = {
    size: node.int('size', 1),
    alpha: node.float('alpha', 1e-4),
    beta: node.float('beta', 0.75),
    bias: node.float('bias', 1),
  };
  return to.through(x, to.layers.add(to.name(node), 'LocalResponseNormalization', config, [x.layer], x.shape));
};

export const NORMALISATION: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  LRN: lrn,
};
