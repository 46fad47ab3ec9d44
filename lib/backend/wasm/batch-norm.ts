import * as tf from '../../tf.js';
import { Heap } from './heap.js';

/** Whether x and its per-channel vectors are float32 with channels last, a multiple of 4 of them. */
export function isNormalisable(x: tf.TensorInfo, ...vectors: (tf.TensorInfo | null | undefined)[]): boolean {
  const channels = x.shape[x.shape.length - 1];
  return (
    x.dtype === 'float32' &&
    channels > 0 &&
    channels % 4 === 0 &&
    !x.shape.includes(0) &&
    vectors.every((v) => v == null || (v.dtype === 'float32' && tf.util.arraysEqual(v.shape, [channels])))
  );
}

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

interface GradientAttributes {
  epsilon: number;
  /** Whether mean and variance are those of x itself, and so depend on it. */
  ofBatch: boolean;
}

/** Gradients of batchNorm with respect to x, mean, variance, offset and scale; mean and variance count as constant if `ofBatch`. */
function batchNormGradient(
  heap: Heap,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  mean: tf.TensorInfo,
  variance: tf.TensorInfo,
  scale: tf.TensorInfo | undefined,
  { epsilon, ofBatch }: GradientAttributes,
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

const MOMENTS = 'ModulabMoments';
const GRADIENT = 'ModulabBatchNormGradient';

const runGradient = (inputs: tf.NamedTensorMap, attrs: GradientAttributes): tf.Tensor[] =>
  tf.engine().runKernel(GRADIENT, inputs, attrs as unknown as tf.NamedAttrMap);

/**
 * Makes batch normalisation train in few passes on the wasm backend: the gradient of FusedBatchNorm, and the call of
 * tf.layers' BatchNormalization in training mode, which otherwise takes some twenty passes over the activations.
 */
export function registerBatchNormTraining(): void {
  tf.registerKernel({
    kernelName: MOMENTS,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => moments(Heap.of(backend), inputs.x as tf.TensorInfo),
  });
  tf.registerKernel({
    kernelName: GRADIENT,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy, mean, variance, scale } = inputs as Record<string, tf.TensorInfo>;
      return batchNormGradient(Heap.of(backend), x, dy, mean, variance, scale, attrs as unknown as GradientAttributes);
    },
  });

  const stock = tf.getGradient('FusedBatchNorm');
  tf.unregisterGradient('FusedBatchNorm');
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved;
      const gradient = dy as tf.Tensor;
      const fused = tf.getBackend() === 'wasm' && isNormalisable(x, mean, variance, scale) && !willBeDifferentiated(0);
      if (!fused || gradient.dtype !== 'float32') {
        return stock.gradFunc(dy, saved, attrs);
      }
      const epsilon = (attrs as unknown as tf.FusedBatchNormAttrs).varianceEpsilon;
      const inputs = { x, dy: gradient, mean, variance, ...(scale == null ? {} : { scale }) };
      const [dx, dMean, dVariance, dOffset, dScale] = runGradient(inputs, { epsilon, ofBatch: false });
      return {
        x: () => dx,
        mean: () => dMean,
        variance: () => dVariance,
        offset: () => dOffset,
        scale: () => dScale,
      };
    },
  });
  patchLayer();
}

/**
 * Whether a gradient may itself be differentiated, which needs a gradient made of operations that have one.
 * @param depth how many gradient functions are open if it is not: 1 while one runs forward, 0 on its way back
 */
const willBeDifferentiated = (depth: 0 | 1): boolean => tf.engine().state.gradientDepth > depth;

interface BatchNormalizationLayer {
  axis: number;
  epsilon: number;
  momentum: number;
  gamma: tf.LayerVariable | null;
  beta: tf.LayerVariable | null;
  movingMean: tf.LayerVariable;
  movingVariance: tf.LayerVariable;
  call: (inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }) => tf.Tensor | tf.Tensor[];
}

function patchLayer(): void {
  const [layerClass] = tf.serialization.SerializationMap.getMap().classNameMap.BatchNormalization;
  const prototype = layerClass.prototype as unknown as BatchNormalizationLayer;
  const stockCall = prototype.call;
  prototype.call = function (this: BatchNormalizationLayer, inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const { gamma, beta, axis, epsilon, momentum } = this;
    const lastAxis = axis === -1 || axis === x.rank - 1;
    const fused = kwargs.training === true && lastAxis && tf.getBackend() === 'wasm' && isNormalisable(x);
    if (!fused || willBeDifferentiated(1) || gamma == null || beta == null) return stockCall.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const [y, mean, variance] = normaliseBatch(x, gamma.read(), beta.read(), epsilon);
      for (const [moving, current] of [
        [this.movingMean, mean],
        [this.movingVariance, variance],
      ] as const) {
        moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(current, 1 - momentum)));
      }
      return y;
    });
  };
}

/** Batch normalisation with the moments of x, through which its gradient goes too. */
function normaliseBatch(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor[] {
  const detached = tf.engine().runKernel(MOMENTS, { x }) as unknown as tf.Tensor[];
  const [mean, variance] = detached;
  const normalise = tf.customGrad((...args) => {
    const [input, scale, offset] = args as tf.Tensor[];
    const save = args[3] as tf.GradSaveFunc;
    save([input, mean, variance, scale]);
    const value: tf.Tensor = tf
      .engine()
      .runKernel('FusedBatchNorm', { x: input, mean, variance, offset, scale }, { varianceEpsilon: epsilon });
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedX, savedMean, savedVariance, savedScale] = saved;
        const [dx, , , dOffset, dScale] = runGradient(
          { x: savedX, dy, mean: savedMean, variance: savedVariance, scale: savedScale },
          { epsilon, ofBatch: true },
        );
        return [dx, dScale, dOffset];
      },
    };
  });
  return [normalise(x, gamma, beta), mean, variance];
}
