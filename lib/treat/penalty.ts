import * as tf from '../tf.js';

/** Which way gradients become one value per kernel: their size, or what speaks for the class only (spec doctor §2.2). */
export type Aggregation = 'abs' | 'positive';

/** What the channel penalty is made of. */
export interface ChannelPenaltyOptions {
  readonly aggregation: Aggregation;
  /** Whether the competitor's evidence is penalised in its own relevant kernels only, or in all (spec doctor §10, Q4). */
  readonly competitor: 'masked' | 'all';
  /** 'reference' divides the sum over the batch by its size once more, as the authors' code does (spec doctor §5.1). */
  readonly normalisation: 'reference' | 'perSample';
}

/** Gradients of mean class logits over a batch with respect to a layer's map, each [batch, height, width, kernels]. */
export interface ClassGradients {
  /** Of the logit of the label. */
  readonly label: tf.Tensor;
  /** Of that of the strongest wrong class. */
  readonly competitor: tf.Tensor;
}

/**
 * The strongest wrong class of every image (spec doctor §2.2): the class of the largest logit, or of the second largest
 * where that is the label. Of equals the first.
 * @param logits [batch, classes], row by row
 */
export function competitors(logits: ArrayLike<number>, labels: Int32Array): Int32Array {
  const classes = logits.length / labels.length;
  return labels.map((label, image) => {
    let best = -1;
    for (let c = 0; c < classes; c++) {
      if (c !== label && (best < 0 || logits[image * classes + c] > logits[image * classes + best])) best = c;
    }
    return best;
  });
}

/** The mean over the batch of each image's logit of one class, differentiable (spec doctor §2.1). */
export function meanLogit(logits: tf.Tensor2D, classOfImage: Int32Array): tf.Scalar {
  const chosen = tf.oneHot(tf.tensor1d(classOfImage, 'int32'), logits.shape[1]);
  return tf.div(tf.sum(tf.mul(logits, tf.cast(chosen, 'float32'))), classOfImage.length);
}

/** |x| with the derivative 0 at 0; tfjs's has −1 there, which would pull at every gradient behind a closed ReLU. */
export function magnitude(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sign(x));
}

/**
 * The channel-wise constraint (spec doctor §2, eq 5, §5): evidence for the label outside the label's relevant kernels, and
 * evidence for the competitor in the competitor's.
 * @param relevant one row per class, 1 where the class relies on the kernel
 */
export function channelPenalty(
  gradients: ClassGradients,
  labels: Int32Array,
  competing: Int32Array,
  relevant: readonly (readonly number[])[],
  { aggregation, competitor, normalisation }: ChannelPenaltyOptions,
): tf.Scalar {
  const perKernel = (gradient: tf.Tensor) =>
    tf.sum(aggregation === 'abs' ? magnitude(gradient) : tf.relu(gradient), [1, 2]);
  const kernels = relevant[0].length;
  const irrelevant = tf.tensor2d(
    rows(labels, (n) => relevant[n].map((bit) => 1 - bit)),
    [labels.length, kernels],
  );
  const wrong = competitor === 'all' ? () => new Array<number>(kernels).fill(1) : (s: number) => relevant[s];
  const misleading = tf.tensor2d(rows(competing, wrong), [labels.length, kernels]);
  const sum: tf.Scalar = tf.add(
    tf.sum(tf.mul(perKernel(gradients.label), irrelevant)),
    tf.sum(tf.mul(perKernel(gradients.competitor), misleading)),
  );
  // The gradients are those of a mean over the batch, so their sum is already the mean of the images' values.
  return normalisation === 'reference' ? tf.div(sum, labels.length) : sum;
}

/**
 * The space-wise constraint (spec doctor §2, eq 6, §5): the label's evidence outside the object, always by magnitude and
 * never divided by the batch again.
 * @param gradient of the mean label logit, [batch, height, width, kernels]
 * @param objects [batch, any height, any width, 1], 1 = object; resized bilinearly to the layer's map
 */
export function spacePenalty(gradient: tf.Tensor, objects: tf.Tensor4D): tf.Scalar {
  const [, height, width] = gradient.shape;
  const resized = tf.image.resizeBilinear(objects, [height, width], false, true);
  return tf.sum(tf.mul(magnitude(gradient), tf.sub(1, resized)));
}

function rows(classes: Int32Array, rowOf: (index: number) => readonly number[]): number[] {
  return Array.from(classes, rowOf).flat();
}
