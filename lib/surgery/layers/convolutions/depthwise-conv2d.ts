import * as tf from '../../../tf.js';
import { convolutionSettings, requireUndilated } from '../../graph/convolution-settings.js';
import { deadUnderChannelWindows } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import type { LayerType } from '../../graph/layer-type.js';
import { plannedConvolution } from '../../graph/planned-window.js';
import { VECTOR, type WeightArray } from '../../graph/weight-layout.js';

/** Depthwise convolutions: every channel by itself, to one or several; kernel [height, width, in, multiplier]. */
export const depthwiseConv2d: LayerType = {
  classNames: ['DepthwiseConv2D'],
  role: 'convolution',
  channels(_, { inputs: [x], width }) {
    const multiplier = width / x.length;
    return Int32Array.from({ length: width }, (_, channel) => x[Math.floor(channel / multiplier)]);
  },
  weights: (_, weights) => weights.map((_, i) => (i === 0 ? { rows: 'input' } : VECTOR)),
  makesZero: () => true,
  step(context) {
    const { strides, pad, dilations } = convolutionSettings(context.node);
    const [filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const convolution = { filter, strides, pad, dilations, bias, activation: context.activation };
    return ([x]) => context.finish(tf.fused.depthwiseConv2d({ ...convolution, x: x as tf.Tensor4D }));
  },
  planned(context) {
    const [{ values: kernel, shape }, bias] = context.weights as readonly [WeightArray, WeightArray?];
    const window = plannedConvolution(context, shape);
    return window && { kind: 'convolution', kernel, bias: bias?.values ?? null, window, groups: shape[2] };
  },
  frozenStep(context) {
    requireUndilated(context.node);
    const { strides, pad } = convolutionSettings(context.node);
    const [filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    return ([x]) => {
      const y = tf.depthwiseConv2d(x as tf.Tensor4D, filter, strides, pad);
      return context.activate(bias ? tf.add(y, bias) : y);
    };
  },
  absorbs: { scale: foldScale, activation: true },
  multiplyAdds({ weights: [[height, width, channels, multiplier]], output, requireInputs }) {
    requireInputs(channels);
    return output[1] * output[2] * height * width * channels * multiplier;
  },
  deadInputs: deadUnderChannelWindows,
};
