import * as tf from '../../../tf.js';
import { deadTogether } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import type { LayerType } from '../../graph/layer-type.js';
import { VECTOR } from '../../graph/weight-layout.js';

/** Batch normalisation over the last axis: in evaluation mode scale · x + shift, folded into the layer before where one can be. */
export const batchNormalization: LayerType = {
  classNames: ['BatchNormalization'],
  role: 'normalisation',
  channels(node, flow) {
    const axis = node.config['axis'] as number;
    if (axis !== -1 && axis !== node.outputShape.length) flow.fail(`normalises axis ${axis}, expected the last one.`);
    return flow.inputs[0];
  },
  /** The moving mean and variance come last. */
  weights: (_, weights) => weights.map((_, i) => ({ ...VECTOR, keptInMask: i >= weights.length - 2 })),
  makesZero: ({ config }) => config['scale'] === true,
  scaleAndShift({ config }, weights) {
    const gamma = config['scale'] ? weights[0].values : undefined;
    const beta = config['center'] ? weights[gamma ? 1 : 0].values : undefined;
    const [mean, variance] = weights.slice(-2).map(({ values }) => values);
    const epsilon = config['epsilon'] as number;
    const scale = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
    const shift = Float32Array.from(mean, (m, i) => (beta?.[i] ?? 0) - m * scale[i]);
    const shape = [mean.length];
    return [
      { values: Float32Array.from(scale), shape },
      { values: shift, shape },
    ];
  },
  step({ weights, hold, activate }) {
    const [scale, shift] = weights as tf.Tensor1D[];
    const mean = hold<tf.Tensor1D>(tf.zerosLike(scale));
    const variance = hold<tf.Tensor1D>(tf.onesLike(scale));
    return ([x]) => activate(tf.batchNorm(x, mean, variance, shift, scale, 0));
  },
  absorbs: { scale: foldScale, activation: true },
  multiplyAdds: () => null,
  deadInputs: deadTogether,
};
