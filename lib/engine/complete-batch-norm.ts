import type * as core from '@tensorflow/tfjs-core';

/** What is needed of tfjs-core. */
type Core = Pick<typeof core, 'ones' | 'zeros' | 'tidy' | 'serialization'>;

interface BatchNormalization {
  gamma?: { read: () => core.Tensor } | null;
  beta?: { read: () => core.Tensor } | null;
  movingMean: { shape: number[] };
  call: (this: BatchNormalization, inputs: core.Tensor | core.Tensor[], kwargs: object) => core.Tensor | core.Tensor[];
}

let isComplete = false;

/**
 * Lets tf.layers' BatchNormalization without a scale or a centre be trained and differentiated: stock TensorFlow.js reads
 * the parameter that is not there, in training mode, and has no gradient for an operation that lacks it. Such a layer
 * computes with a scale of 1 and an offset of 0; its weights stay those that it has.
 */
export function completeBatchNorm({ ones, zeros, tidy, serialization }: Core): void {
  if (isComplete) return;
  isComplete = true;
  const [layerClass] = serialization.SerializationMap.getMap().classNameMap.BatchNormalization;
  const prototype = layerClass.prototype as unknown as BatchNormalization;
  const stockCall = prototype.call;
  prototype.call = function (inputs, kwargs) {
    const { gamma, beta, movingMean } = this;
    if (gamma != null && beta != null) return stockCall.call(this, inputs, kwargs);
    return tidy(() => {
      const complete = Object.create(this, {
        scale: { value: true },
        center: { value: true },
        gamma: { value: gamma ?? { read: () => ones(movingMean.shape) } },
        beta: { value: beta ?? { read: () => zeros(movingMean.shape) } },
      }) as BatchNormalization;
      return stockCall.call(complete, inputs, kwargs);
    });
  };
}
