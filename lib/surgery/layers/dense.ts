import * as tf from '../../tf.js';
import { hasBit } from '../graph/bitset.js';
import { deadWhere } from '../graph/dead-inputs.js';
import { foldScale } from '../graph/fold-scale.js';
import { activationGradient } from '../graph/frozen-convolution.js';
import type { LayerType } from '../graph/layer-type.js';
import { MATRIX, VECTOR, type WeightArray } from '../graph/weight-layout.js';

/** Dense layers on flat features. Their units are kept, but for those that a product or sum ties to kernels. */
export const dense: LayerType = {
  classNames: ['Dense'],
  role: 'dense',
  channels(node, flow) {
    if (node.outputShape.length !== 1) flow.fail('dense layers can be traced on flat features only; flatten first.');
    return flow.fresh(flow.width);
  },
  weights: (_, weights) => weights.map((_, i) => (i === 0 ? MATRIX : VECTOR)),
  cut: ({ config, outputShape }, { output }) => ({ config: { ...config, units: output?.length ?? outputShape[0]! } }),
  makesZero: () => true,
  mixesChannels: true,
  step({ weights: [b, bias], activation, finish }) {
    return ([a]) => finish(tf.fused.matMul({ a, b, bias, activation }));
  },
  planned: ({ weights: [kernel, bias], inputShape: [height, width] }) =>
    height * width === 1
      ? { kind: 'dense', kernel: kernel.values, bias: (bias as WeightArray | undefined)?.values ?? null }
      : undefined,
  frozenStep({ weights: [kernel, bias], activate }) {
    return ([x]) => {
      const y = tf.matMul(x, kernel);
      return activate((bias as tf.Tensor | undefined) ? tf.add(y, bias) : y);
    };
  },
  inputGradients({ weights: [kernel], activation, isWholeActivation }) {
    if (!isWholeActivation) return undefined;
    return (_, y, dy) => [tf.matMul(activationGradient(dy, y, activation), kernel, false, true)];
  },
  absorbs: { scale: foldScale, activation: true },
  multiplyAdds({ weights: [[features, units]], input, requireInputs }) {
    requireInputs(features);
    return input.slice(0, -1).reduce((product, n) => product * n, 1) * features * units;
  },
  /** A feature is dead when all units that it has a weight to are. */
  deadInputs(question) {
    const { weights, dead } = question;
    const units = dead.length;
    const { values } = weights[0];
    return deadWhere(question, (i) => {
      for (let unit = 0; unit < units; unit++) if (values[i * units + unit] !== 0 && !hasBit(dead, unit)) return false;
      return true;
    });
  },
};
