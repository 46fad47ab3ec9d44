import * as tf from '../../tf.js';
import { runOwnKernel } from './own-kernel.js';
import { willBeDifferentiated } from './second-order.js';

/**
 * Kernel with input x [..., channels] that gives mean and biased variance, each [channels].
 */
export const MOMENTS = 'ModulabMoments';

/**
 * Kernel with inputs x, dy [..., channels], mean, variance and (optional) scale [channels] and `BatchNormGradientAttributes`.
 * Gives the gradients of FusedBatchNorm with respect to x, mean, variance, offset and scale.
 */
export const BATCH_NORM_GRADIENT = 'ModulabBatchNormGradient';

export interface BatchNormGradientAttributes {
  epsilon: number;
  /** Whether mean and variance are those of x itself: then x's gradient goes through them too. */
  ofBatch: boolean;
}

/** Backends that have both kernels, with the numbers of channels that these take. */
const backends = new Map<string, (channels: number) => boolean>();

let isPatched = false;

/**
 * Makes batch normalisation train in few passes on a backend for which MOMENTS and BATCH_NORM_GRADIENT are registered: the
 * gradient of FusedBatchNorm, and the call of tf.layers' BatchNormalization in training mode, which otherwise takes some
 * twenty passes over the activations. Gradients that are differentiated in turn stay tfjs's own.
 * @param takes the numbers of channels that the backend's kernels take
 */
export function fuseBatchNormTraining(backendName: string, takes: (channels: number) => boolean = () => true): void {
  backends.set(backendName, takes);
  if (isPatched) return;
  isPatched = true;
  patchGradient();
  patchLayer();
}

/** Whether x and its per-channel vectors are float32, have elements, and their channels are last. */
export function areNormalisable(x: tf.TensorInfo, ...vectors: (tf.TensorInfo | null | undefined)[]): boolean {
  const channels = x.shape[x.shape.length - 1];
  return (
    x.shape.length > 0 &&
    x.dtype === 'float32' &&
    !x.shape.includes(0) &&
    vectors.every((v) => v == null || (v.dtype === 'float32' && tf.util.arraysEqual(v.shape, [channels])))
  );
}

function isFused(x: tf.Tensor, ...vectors: (tf.Tensor | null | undefined)[]): boolean {
  const takes = backends.get(tf.getBackend());
  return takes !== undefined && areNormalisable(x, ...vectors) && takes(x.shape[x.rank - 1]);
}

const runGradient = (inputs: tf.NamedTensorMap, attributes: BatchNormGradientAttributes): tf.Tensor[] =>
  runOwnKernel(BATCH_NORM_GRADIENT, inputs, attributes);

function patchGradient(): void {
  const stock = tf.getGradient('FusedBatchNorm');
  tf.unregisterGradient('FusedBatchNorm');
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved;
      const gradient = dy as tf.Tensor;
      const fused = isFused(x, mean, variance, scale) && !willBeDifferentiated(0);
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
}

interface BatchNormalizationLayer {
  axis: number;
  epsilon: number;
  momentum: number;
  /** Null or missing for a layer without a scale or a centre. */
  gamma?: tf.LayerVariable | null;
  beta?: tf.LayerVariable | null;
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
    const fused = kwargs.training === true && lastAxis && isFused(x);
    if (!fused || willBeDifferentiated(1)) return stockCall.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const { shape } = this.movingMean;
      const scale = gamma?.read() ?? tf.ones(shape as number[]);
      const offset = beta?.read() ?? tf.zeros(shape as number[]);
      const [y, mean, variance] = normaliseBatch(x, scale, offset, epsilon);
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
  const [mean, variance] = runOwnKernel(MOMENTS, { x }, {});
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
