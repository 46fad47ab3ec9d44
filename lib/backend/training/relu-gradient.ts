import * as tf from '../../tf.js';
import { areAlike, hasOwnKernel, runOwnKernel } from './own-kernel.js';
import { willBeDifferentiated } from './second-order.js';

/**
 * Kernel from dy and x, float32 of one shape, to [dx]: dy where 0 < x ≤ max, dy·0 elsewhere (NaN for an infinite dy, as in
 * tfjs's product with the step function), NaN where x is NaN.
 */
export const RELU_GRADIENT = 'ModulabReluGradient';

export interface ReluGradientAttributes {
  /** Infinity for ReLU, 6 for ReLU6. */
  max: number;
}

let registered = false;

/** Computes the gradients of ReLU and ReLU6 in one pass on backends that have the kernel, in place of three to five. */
export function registerReluGradients(): void {
  if (registered) return;
  registered = true;
  for (const [activation, max] of [
    ['Relu', Infinity],
    ['Relu6', 6],
  ] as const) {
    const stock = tf.getGradient(activation);
    tf.unregisterGradient(activation);
    tf.registerGradient({
      ...stock,
      gradFunc: (dys, saved, attributes) => {
        const dy = dys as tf.Tensor;
        const [x] = saved;
        if (willBeDifferentiated(0) || !hasOwnKernel(RELU_GRADIENT) || !areAlike(dy, x)) {
          return stock.gradFunc(dy, saved, attributes);
        }
        return { x: () => runOwnKernel(RELU_GRADIENT, { dy, x }, { max } satisfies ReluGradientAttributes)[0] };
      },
    });
  }
}
