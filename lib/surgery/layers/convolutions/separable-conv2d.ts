import * as tf from '../../../tf.js';
import { convolutionSettings, requireUndilated } from '../../graph/convolution-settings.js';
import { deadUnderWindows, windowsOf } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import { frozenConvolution } from '../../graph/frozen-convolution.js';
import type { LayerType } from '../../graph/layer-type.js';
import { VECTOR } from '../../graph/weight-layout.js';

/**
 * Separable convolutions: a depthwise one, [height, width, in, multiplier], and one of 1×1, [1, 1, in · multiplier, out], whose
 * output channels are the kernels.
 */
export const separableConv2d: LayerType = {
  classNames: ['SeparableConv2D'],
  role: 'convolution',
  channels: (_, flow) => flow.kernels(),
  weights: (_, weights) =>
    weights.map((_, i) => {
      if (i === 0) return { rows: 'input' };
      return i === 1 ? { rows: 'input', rowsPerChannel: weights[0].shape[3], columns: 'output' } : VECTOR;
    }),
  cut: ({ config, outputShape }, { output }) => ({ config: { ...config, filters: output?.length ?? outputShape[2]! } }),
  makesZero: () => true,
  mixesChannels: true,
  step(context) {
    const { strides, pad, dilations } = convolutionSettings(context.node);
    const [depthwise, filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D | undefined];
    const { activation } = context;
    return ([x]) => {
      const spread = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad, 'NHWC', dilations);
      return context.finish(tf.fused.conv2d({ x: spread, filter, strides: 1, pad: 'valid', bias, activation }));
    };
  },
  frozenStep(context) {
    requireUndilated(context.node);
    const { strides, pad } = convolutionSettings(context.node);
    const [depthwise, filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D | undefined];
    const { activation } = context;
    return ([x]) => {
      const spread = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad);
      return context.finish(frozenConvolution(spread, { filter, bias, strides: [1, 1], pad: 'valid', activation }));
    };
  },
  absorbs: { scale: foldScale, activation: true },
  multiplyAdds({ weights: [[height, width, depth, multiplier], [, , spread, filters]], output, requireInputs }) {
    requireInputs(depth);
    return output[1] * output[2] * (height * width * depth * multiplier + spread * filters);
  },
  deadInputs: (question) => deadUnderWindows(question, windowsOf(question.node, question.shapes.inputs[0])),
};
