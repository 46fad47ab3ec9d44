import * as tf from '../../tf.js';
import type { Heap } from './heap.js';

/** Consecutive windows along one axis that keep the same taps after those outside the input are cut off. */
interface WindowRun {
  /** First window. */
  out: number;
  count: number;
  /** Input position of the first window's first tap. */
  at: number;
  taps: number;
}

function windowRuns(windows: number, size: number, stride: number, pad: number, inputs: number): WindowRun[] {
  const runs: WindowRun[] = [];
  let previousCut = -1;
  for (let out = 0; out < windows; out++) {
    const start = out * stride - pad;
    const cut = Math.max(0, -start);
    const taps = Math.min(size, inputs - start) - cut;
    if (taps <= 0) continue;
    const run = runs.at(-1);
    if (run?.taps === taps && cut === previousCut && run.out + run.count === out) run.count++;
    else runs.push({ out, count: 1, at: start + cut, taps });
    previousCut = cut;
  }
  return runs;
}

/**
 * Gradient of max pooling in NHWC with respect to its input: every window gives its dy to the first of its largest inputs
 * in row-major order. NaN is never the largest, and a window without a value above −∞ gives nothing, as on tfjs-cpu.
 * The windows are those of dy, so that they are complete even where the caller leaves out the rounding mode, as tfjs-core's
 * gradient of maxPool does. Gives null for types other than float32.
 */
export function maxPoolGrad(
  heap: Heap,
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: tf.MaxPoolGradAttrs,
): tf.TensorInfo | null {
  if (x.dtype !== 'float32' || dy.dtype !== 'float32') return null;
  const shape = x.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const [images, height, width, channels] = shape;
  const [, dyHeight, dyWidth] = dy.shape;
  const dx = heap.output(shape);
  heap.view(dx).fill(0);
  const [xAt, dyAt] = [heap.address(x), heap.address(dy)];
  const pixel = 4 * channels;
  const whole = channels - (channels % 4);
  for (const rows of windowRuns(dyHeight, filterHeight, strideHeight, padInfo.top, height)) {
    for (const columns of windowRuns(dyWidth, filterWidth, strideWidth, padInfo.left, width)) {
      for (const [firstChannel, groups, groupWidth] of [
        [0, whole / 4, 4],
        [whole, channels - whole, 1],
      ] as const) {
        if (groups === 0) continue;
        const done = 4 * groups * groupWidth;
        heap.kernels.maxPoolGrad(groupWidth, {
          x: xAt + (rows.at * width + columns.at) * pixel + 4 * firstChannel,
          dy: dyAt + (rows.out * dyWidth + columns.out) * pixel + 4 * firstChannel,
          dxOffset: heap.address(dx) - xAt,
          tapRows: rows.taps,
          tapColumns: columns.taps,
          images,
          rows: rows.count,
          columns: columns.count,
          groups,
          xTapColumn: pixel,
          xTapRowSkip: (width - columns.taps) * pixel,
          xColumnSkip: strideWidth * pixel - done,
          xRowSkip: (strideHeight * width - columns.count * strideWidth) * pixel,
          xImageSkip: (height - rows.count * strideHeight) * width * pixel,
          dyColumnSkip: pixel - done,
          dyRowSkip: (dyWidth - columns.count) * pixel,
          dyImageSkip: (dyHeight - rows.count) * dyWidth * pixel,
        });
      }
    }
  }
  return dx;
}
