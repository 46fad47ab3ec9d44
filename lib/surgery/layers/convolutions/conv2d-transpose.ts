import * as tf from '../../../tf.js';
import { hasBit } from '../../graph/bitset.js';
import { convolutionSettings } from '../../graph/convolution-settings.js';
import { deadWhere } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import type { LayerType } from '../../graph/layer-type.js';
import { VECTOR } from '../../graph/weight-layout.js';
import { axisWindows } from '../../graph/windows.js';

/** Transposed convolutions: kernel [height, width, out, in]. */
export const conv2dTranspose: LayerType = {
  classNames: ['Conv2DTranspose'],
  role: 'convolution',
  channels: (_, flow) => flow.kernels(),
  weights: (_, weights) => weights.map((_, i) => (i === 0 ? { rows: 'output', columns: 'input' } : VECTOR)),
  cut: ({ config, outputShape }, { output }) => ({ config: { ...config, filters: output?.length ?? outputShape[2]! } }),
  makesZero: () => true,
  mixesChannels: true,
  step({ node, weights, activate }) {
    const { strides, pad } = convolutionSettings(node);
    const [filter, bias] = weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const length = (size: number, axis: 0 | 1) =>
      size * strides[axis] + (pad === 'same' ? 0 : Math.max(filter.shape[axis] - strides[axis], 0));
    return ([x]) => {
      const [batch, height, width] = (x as tf.Tensor4D).shape;
      const shape: [number, number, number, number] = [batch, length(height, 0), length(width, 1), filter.shape[2]];
      const y = tf.conv2dTranspose(x as tf.Tensor4D, filter, shape, strides, pad);
      return activate(bias ? tf.add(y, bias) : y);
    };
  },
  absorbs: {
    scale: (weights, scaleAndShift) => {
      const [, , filters, depth] = weights[0].shape;
      return foldScale(weights, scaleAndShift, (i) => Math.floor(i / depth) % filters);
    },
    activation: true,
  },
  multiplyAdds({ weights: [[height, width, filters, depth]], input, requireInputs }) {
    requireInputs(depth);
    return input[1] * input[2] * height * width * filters * depth;
  },
  /** What a position goes into is the window that a convolution back to it would read. */
  deadInputs(question) {
    const { node, dead, shapes } = question;
    const { strides, pad } = convolutionSettings(node);
    const kernel = node.config['kernelSize'] as number[];
    const [[, width, channels], [outHeight, outWidth, filters]] = [shapes.inputs[0], shapes.output];
    const rows = axisWindows(outHeight, kernel[0], strides[0], pad);
    const columns = axisWindows(outWidth, kernel[1], strides[1], pad);
    return deadWhere(question, (i) => {
      const place = Math.floor(i / channels);
      return rows.positions(Math.floor(place / width)).every((y) =>
        columns.positions(place % width).every((x) => {
          for (let f = 0; f < filters; f++) if (!hasBit(dead, (y * outWidth + x) * filters + f)) return false;
          return true;
        }),
      );
    });
  },
};
