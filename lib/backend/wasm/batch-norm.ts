import * as tf from '../../tf.js';
import {
  areNormalisable,
  BATCH_NORM_GRADIENT,
  type BatchNormGradientAttributes,
  fuseBatchNormTraining,
  MOMENTS,
} from '../training/batch-norm.js';
import { Heap } from './heap.js';

/** Whether x and its per-channel vectors are float32 with channels last, a multiple of 4 of them. */
export const isNormalisable = (x: tf.TensorInfo, ...vectors: (tf.TensorInfo | null | undefined)[]): boolean =>
  areNormalisable(x, ...vectors) && isWhole(x.shape[x.shape.length - 1]);

/** Whether channels fill the lanes of a SIMD register. */
const isWhole = (channels: number): boolean => channels % 4 === 0;

const shapeOf = (x: tf.TensorInfo): { width: number; rows: number } => {
  const width = x.shape[x.shape.length - 1];
  return { width, rows: tf.util.sizeFromShape(x.shape) / width };
};

/** scale·(x − mean)/√(variance + ε) + offset per channel. */
export function batchNorm(
  heap: Heap,
  x: tf.TensorInfo,
  mean: tf.TensorInfo,
  variance: tf.TensorInfo,
  offset: tf.TensorInfo | undefined,
  scale: tf.TensorInfo | undefined,
  epsilon: number,
): tf.TensorInfo {
  const { width, rows } = shapeOf(x);
  const out = heap.output(x.shape);
  heap.withScratch(2 * width, (scratch) => {
    const vectors = heap.floats().subarray(scratch / 4, scratch / 4 + 2 * width);
    const [variances, scales, offsets] = [variance, scale, offset].map((v) => (v ? heap.view(v) : undefined));
    for (let c = 0; c < width; c++) {
      vectors[c] = (scales?.[c] ?? 1) / Math.sqrt(variances![c] + epsilon);
      vectors[width + c] = offsets?.[c] ?? 0;
    }
    heap.kernels.columns('normalise', {
      x: heap.address(x),
      out: heap.address(out),
      mean: heap.address(mean),
      scale: scratch,
      offset: scratch + 4 * width,
      width,
      rows,
    });
  });
  return out;
}

/** Mean and (biased) variance per channel. */
function moments(heap: Heap, x: tf.TensorInfo): tf.TensorInfo[] {
  const { width, rows } = shapeOf(x);
  const [mean, variance] = [heap.output([width]), heap.output([width])];
  const [means, variances] = [heap.view(mean).fill(0), heap.view(variance).fill(0)];
  heap.kernels.columns('sum', { x: heap.address(x), out: heap.address(mean), width, rows });
  for (let c = 0; c < width; c++) means[c] /= rows;
  heap.kernels.columns('squares', {
    x: heap.address(x),
    mean: heap.address(mean),
    out: heap.address(variance),
    width,
    rows,
  });
  for (let c = 0; c < width; c++) variances[c] /= rows;
  return [mean, variance];
}

/** Gradients of batchNorm with respect to x, mean, variance, offset and scale. */
function batchNormGradient(
  heap: Heap,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  mean: tf.TensorInfo,
  variance: tf.TensorInfo,
  scale: tf.TensorInfo | undefined,
  { epsilon, ofBatch }: BatchNormGradientAttributes,
): tf.TensorInfo[] {
  const { width, rows } = shapeOf(x);
  const dx = heap.output(x.shape);
  const [dMean, dVariance, dOffset, dScale] = [0, 1, 2, 3].map(() => heap.output([width]));
  heap.withScratch(5 * width, (scratch) => {
    const vectors = heap.floats().subarray(scratch / 4, scratch / 4 + 5 * width);
    vectors.fill(0, 0, 2 * width);
    heap.kernels.columns('products', {
      x: heap.address(x),
      dy: heap.address(dy),
      mean: heap.address(mean),
      out: scratch,
      width,
      rows,
    });
    const [variances, scales] = [heap.view(variance), scale ? heap.view(scale) : undefined];
    const [dMeans, dVariances, dOffsets, dScales] = [dMean, dVariance, dOffset, dScale].map((t) => heap.view(t));
    for (let c = 0; c < width; c++) {
      const [sumDy, sumDyX] = [vectors[c], vectors[width + c]];
      const inverse = 1 / Math.sqrt(variances[c] + epsilon);
      const slope = (scales?.[c] ?? 1) * inverse;
      dOffsets[c] = sumDy;
      dScales[c] = sumDyX * inverse;
      dMeans[c] = -slope * sumDy;
      dVariances[c] = -0.5 * slope * inverse * inverse * sumDyX;
      vectors[2 * width + c] = slope;
      vectors[3 * width + c] = ofBatch ? (2 * dVariances[c]) / rows : 0;
      vectors[4 * width + c] = ofBatch ? dMeans[c] / rows : 0;
    }
    heap.kernels.columns('gradient', {
      x: heap.address(x),
      dy: heap.address(dy),
      mean: heap.address(mean),
      out: heap.address(dx),
      scale: scratch + 8 * width,
      slope: scratch + 12 * width,
      offset: scratch + 16 * width,
      width,
      rows,
    });
  });
  return [dx, dMean, dVariance, dOffset, dScale];
}

/** Registers the kernels with which batch normalisation trains in few passes. */
export function registerBatchNormTraining(): void {
  tf.registerKernel({
    kernelName: MOMENTS,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => moments(Heap.of(backend), inputs.x as tf.TensorInfo),
  });
  tf.registerKernel({
    kernelName: BATCH_NORM_GRADIENT,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy, mean, variance, scale } = inputs as Record<string, tf.TensorInfo>;
      const attributes = attrs as unknown as BatchNormGradientAttributes;
      return batchNormGradient(Heap.of(backend), x, dy, mean, variance, scale, attributes);
    },
  });
  fuseBatchNormTraining('wasm', isWhole);
}
