import { ModelError } from '../errors.js';
import { compileUntilLayer } from '../surgery/passes/cut-inference.js';
import { cutAtLayer } from '../surgery/passes/layer-tail.js';
import * as tf from '../tf.js';

/** The gradients of a model's logits by one convolution's map. Holds weight tensors: dispose it. */
export interface LayerGradient {
  readonly layer: string;
  /** [height, width, kernels]; null where the model leaves a size open. */
  readonly mapShape: readonly (number | null)[];
  /**
   * G[b] = ∂z_b[class of b] / ∂(map of b), each image's own: the published code's gradient has a factor 1/batch more.
   * @param x [batch, height, width, channels]
   * @param classes one per image
   * @param noise called with the map's shape for each gradient that is wanted; what it gives is added to the map first.
   *   Default: one gradient without noise
   * @param reduce what to keep of every gradient [batch, height, width, kernels]
   * @returns what `reduce` made of each; the caller's
   */
  run<T extends tf.Tensor>(
    x: tf.Tensor4D,
    classes: ArrayLike<number>,
    reduce: (gradient: tf.Tensor4D) => T,
    noise?: NoiseDraws,
  ): T[];
  dispose(): void;
}

/** Noise to add to a batch's maps, a tensor of the given shape per draw. */
export interface NoiseDraws {
  readonly draws: number;
  readonly draw: (shape: [number, number, number, number], draw: number) => tf.Tensor4D;
}

/**
 * Prepares the gradients of one layer: the network in front of it runs once per batch and compiled, only what lies behind
 * it is differentiated. Weights are copied in part: make a new one after training.
 * @throws ModelError as `cutAtLayer` does, and when tfjs has no gradient for what lies behind the layer: dilated
 *   convolutions
 */
export function layerGradient(model: tf.LayersModel, layer: string): LayerGradient {
  const tail = cutAtLayer(model, layer);
  tail.tailLayers.forEach((name) => requireGradient(model.getLayer(name)));
  const front = compileUntilLayer(model, tail);
  return {
    layer,
    mapShape: tail.mapShape,
    run: (x, classes, reduce, noise) =>
      tf.tidy(() => {
        const { map, carried } = front.run(x);
        const logitsWanted = tf.oneHot(tf.tensor1d(Array.from(classes), 'int32'), model.outputs[0].shape[1]!);
        const own = (m: tf.Tensor) => tf.sum(tf.mul(tail.fromLayer(m as tf.Tensor4D, carried), logitsWanted));
        const gradient = tf.grad(own);
        return Array.from({ length: noise?.draws ?? 1 }, (_, j) =>
          tf.tidy(() => reduce(gradient(noise ? tf.add(map, noise.draw(map.shape, j)) : map) as tf.Tensor4D)),
        );
      }),
    dispose: () => front.dispose(),
  };
}

function requireGradient(layer: tf.layers.Layer): void {
  const { dilationRate = 1 } = layer.getConfig() as { dilationRate?: number | number[] };
  const rates = [dilationRate].flat();
  if (rates.every((rate) => rate === 1)) return;
  throw new ModelError(
    `Layer '${layer.name}' (${layer.getClassName()}): its dilation rate is ${rates.join('×')}, and TensorFlow.js has no ` +
      'gradient for that. Name a layer behind it.',
  );
}
