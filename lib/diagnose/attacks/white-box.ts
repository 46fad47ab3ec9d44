import type { Normalisation } from '../../datasets/dataset.js';
import { ModelError } from '../../errors.js';
import { asLogits } from '../../models/as-logits.js';
import { outputKind } from '../../models/output-kind.js';
import { createFrozenNetwork } from '../../surgery/passes/frozen-network.js';
import * as tf from '../../tf.js';

/** A model as an attacker sees it: logits and their gradients for images whose pixel values go from 0 to 1. */
export interface WhiteBox {
  readonly classes: number;
  /** Images that have gone through so far, without and with a gradient. */
  readonly passes: { forwards: number; gradients: number };
  /**
   * @param pixels [images · height · width · channels], 0–1
   * @returns [images · classes]
   */
  logits: (pixels: Float32Array) => Float32Array;
  /**
   * One pass forward and one back.
   * @param seedsOf ∂L/∂logits [images · classes] for the logits of the pass
   * @returns the logits, and ∂L/∂pixels of the shape of the pixels
   */
  gradient: (
    pixels: Float32Array,
    seedsOf: (logits: Float32Array) => Float32Array,
  ) => { logits: Float32Array; gradient: Float32Array };
  dispose: () => void;
}

/**
 * Opens a model that puts out logits, or probabilities whose logits can be had, in evaluation mode. Weights get no
 * gradients.
 * @param imageShape [height, width, channels]
 * @param normalisation how the model's input is made of pixel values: (pixel − mean) / std per channel
 * @throws ModelError when the model has no logits, dilated convolutions, or puts out what is not a number
 */
export async function openWhiteBox(
  model: tf.LayersModel,
  imageShape: readonly [number, number, number],
  { mean, std }: Normalisation,
): Promise<WhiteBox> {
  const own = outputKind(model) === 'logits' ? null : await asLogits(model);
  const network = createFrozenNetwork(own ?? model);
  const classes = model.outputs[0].shape[1]!;
  const channels = imageShape[2];
  const size = imageShape[0] * imageShape[1] * channels;
  const passes = { forwards: 0, gradients: 0 };
  const toInput = (pixels: Float32Array): tf.Tensor4D => {
    const values = pixels.map((value, i) => (value - mean[i % channels]) / std[i % channels]);
    return tf.tensor4d(values, [pixels.length / size, ...imageShape]);
  };
  const read = (logits: tf.Tensor): Float32Array => {
    const values = logits.dataSync<'float32'>().slice();
    if (values.some(Number.isNaN)) throw new ModelError('The model’s scores are not numbers: check its weights.');
    return values;
  };
  return {
    classes,
    passes,
    logits: (pixels) => {
      passes.forwards += pixels.length / size;
      return tf.tidy(() => read(network.outputs(toInput(pixels))));
    },
    gradient: (pixels, seedsOf) => {
      passes.gradients += pixels.length / size;
      let logits: Float32Array = new Float32Array(0);
      const gradient = tf.tidy(() => {
        const pullBack = tf.customGrad((z) => {
          logits = read(z as tf.Tensor);
          const seeds = seedsOf(logits);
          return {
            value: tf.scalar(0),
            gradFunc: (dy: tf.Tensor) => tf.mul(tf.tensor2d(seeds, [seeds.length / classes, classes]), dy),
          };
        });
        const ofInput = tf.grad((x) => pullBack(network.outputs(x as tf.Tensor4D)))(toInput(pixels));
        return ofInput.dataSync<'float32'>().slice();
      });
      for (let i = 0; i < gradient.length; i++) gradient[i] /= std[i % channels];
      return { logits, gradient };
    },
    dispose: () => {
      network.dispose();
      own?.dispose();
    },
  };
}
