import { residualConv2d } from '../../../backend/residual-conv2d.js';
import * as tf from '../../../tf.js';
import { convolutionSettings, requireUndilated } from '../../graph/convolution-settings.js';
import { deadUnderWindows, windowsOf } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import { convolutionInputGradient, frozenConvolution } from '../../graph/frozen-convolution.js';
import type { LayerType } from '../../graph/layer-type.js';
import { plannedConvolution } from '../../graph/planned-window.js';
import { MATRIX, VECTOR, type WeightArray } from '../../graph/weight-layout.js';

/** 2-D convolutions: kernel [height, width, in, out], bias [out]. */
export const conv2d: LayerType = {
  classNames: ['Conv2D'],
  role: 'convolution',
  channels: (_, flow) => flow.kernels(),
  weights: (_, weights) => weights.map((_, i) => (i === 0 ? MATRIX : VECTOR)),
  cut: ({ config, outputShape }, { output }) => ({ config: { ...config, filters: output?.length ?? outputShape[2]! } }),
  makesZero: () => true,
  mixesChannels: true,
  step(context) {
    const { strides, pad, dilations } = convolutionSettings(context.node);
    const [filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const { activation, overwrite, finish } = context;
    const convolution = { filter, strides, pad, dilations, bias, activation };
    if (context.residual) {
      return ([x, residual]) => finish(residualConv2d({ ...convolution, x: x as tf.Tensor4D, residual, overwrite }));
    }
    return ([x]) => finish(tf.fused.conv2d({ ...convolution, x: x as tf.Tensor4D }));
  },
  planned(context) {
    const [{ values: kernel, shape }, bias] = context.weights as readonly [WeightArray, WeightArray?];
    const window = plannedConvolution(context, shape);
    return window && { kind: 'convolution', kernel, bias: bias?.values ?? null, window, groups: 1 };
  },
  frozenStep(context) {
    requireUndilated(context.node);
    const { strides, pad } = convolutionSettings(context.node);
    const [filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const convolution = { filter, bias, strides, pad, activation: context.activation };
    return ([x]) => context.finish(frozenConvolution(x as tf.Tensor4D, convolution));
  },
  inputGradients(context) {
    if (!context.isWholeActivation) return undefined;
    const { strides, pad } = convolutionSettings(context.node);
    const [filter, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const convolution = { filter, bias, strides, pad, activation: context.activation };
    return ([x], y, dy) => [
      convolutionInputGradient(dy as tf.Tensor4D, y as tf.Tensor4D, (x as tf.Tensor4D).shape, convolution),
    ];
  },
  absorbs: { scale: foldScale, activation: true, addition: true },
  multiplyAdds({ weights: [[height, width, depth, filters]], output, requireInputs }) {
    requireInputs(depth);
    return output[1] * output[2] * height * width * depth * filters;
  },
  deadInputs: (question) => deadUnderWindows(question, windowsOf(question.node, question.shapes.inputs[0])),
};
