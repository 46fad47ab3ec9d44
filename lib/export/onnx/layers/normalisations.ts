import { type ExportedLayer, weightOf } from '../../exported-layer.js';
import type { OnnxWriter } from '../onnx-writer.js';
import { fail, ints, isMap, type OnnxValue, perChannel, tensor, type Write } from './write.js';

export const batchNorm: Write = (layer, [x], to) => {
  const mean = weightOf(layer, 'moving_mean');
  const size = mean.shape[0];
  const axis = layer.config['axis'];
  if (axis !== -1 && axis !== layer.shape.length)
    fail(layer, `normalises axis ${String(axis)}, expected the last one.`);
  const filled = (value: number) => ({ shape: [size], values: new Float32Array(size).fill(value) });
  const weights = [
    ['weight', layer.weights.get('gamma') ?? filled(1)],
    ['bias', layer.weights.get('beta') ?? filled(0)],
    ['running_mean', mean],
    ['running_var', weightOf(layer, 'moving_variance')],
  ] as const;
  const inputs = weights.map(([name, weight]) => tensor(to, `${layer.name}.${name}`, weight));
  return to.node('BatchNormalization', layer.name, [x.name, ...inputs], {
    epsilon: { float: layer.config['epsilon'] as number },
  });
};

/** Groups of channels with mean 0 and variance 1: ONNX has that as instance normalisation of [batch, groups, …]. */
export const groupNorm: Write = (layer, [x], to) => {
  const channels = layer.shape[2];
  const { groups: set, epsilon, groupOfChannel } = layer.config;
  if (groupOfChannel !== undefined || !isMap(layer))
    fail(layer, 'groups out of which channels were cut have no ONNX operator.');
  const groups = set === -1 ? channels! : (set as number);
  const filled = (value: number) => to.floats(`${layer.name}.${value}`, [groups], new Float32Array(groups).fill(value));
  const apart = to.node('Reshape', layer.name, [x.name, to.ints(`${layer.name}.groups`, [0, groups, -1])]);
  const normal = to.node('InstanceNormalization', layer.name, [apart, filled(1), filled(0)], { epsilon: { float: epsilon as number } }); // prettier-ignore
  const together = to.node('Reshape', layer.name, [normal, to.node('Shape', layer.name, [x.name])]);
  return scaledAndShifted(layer, together, x, to);
};

function scaledAndShifted(layer: ExportedLayer, x: string, like: OnnxValue, to: OnnxWriter): string {
  const [gamma, beta] = [layer.weights.get('gamma'), layer.weights.get('beta')];
  let y = x;
  if (gamma) y = to.node('Mul', layer.name, [y, perChannel(to, `${layer.name}.weight`, gamma.values, like)]);
  if (beta) y = to.node('Add', layer.name, [y, perChannel(to, `${layer.name}.bias`, beta.values, like)]);
  return y;
}

export const layerNorm: Write = (layer, [x], to) => {
  const axis = layer.config['axis'];
  const last: unknown = Array.isArray(axis) ? axis[0] : axis;
  if ((last !== -1 && last !== layer.shape.length) || (Array.isArray(axis) && axis.length > 1)) {
    fail(layer, 'only normalisation along the channels is written to ONNX.');
  }
  const channels = layer.shape[layer.shape.length - 1]!;
  const weight = (name: string, otherwise: number) =>
    layer.weights.get(name) ?? { shape: [channels], values: new Float32Array(channels).fill(otherwise) };
  const turned = isMap(layer) ? to.node('Transpose', layer.name, [x.name], { perm: ints(0, 2, 3, 1) }) : x.name;
  const inputs = [
    turned,
    tensor(to, `${layer.name}.weight`, weight('gamma', 1)),
    tensor(to, `${layer.name}.bias`, weight('beta', 0)),
  ];
  const y = to.node('LayerNormalization', layer.name, inputs, { axis: { int: -1 }, epsilon: { float: layer.config['epsilon'] as number } }); // prettier-ignore
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

export const lrn: Write = (layer, [x], to) => {
  const { size, alpha, beta, bias: offset } = layer.config as Record<'size' | 'alpha' | 'beta' | 'bias', number>;
  return to.node('LRN', layer.name, [x.name], {
    size: { int: size },
    alpha: { float: alpha },
    beta: { float: beta },
    bias: { float: offset },
  });
};
