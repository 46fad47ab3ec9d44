import { OptionError } from '../errors.js';
import { type MT19937, seedStream } from '../run/mt19937.js';
import * as tf from '../tf.js';
import { type Augmentation, augmentPixels } from './augment.js';
import { checkPosition } from './check-image-set.js';
import { type ImageSet } from './dataset.js';
import { gatherPixels } from './subset.js';
import { normalise } from './tensors.js';

/** Some images of a set, ready for a model. */
export interface Batch {
  /** [batch, height, width, channels], normalised; the receiver disposes it. */
  readonly x: tf.Tensor4D;
  readonly labels: Int32Array;
  /** Positions of the images in the set. */
  readonly indices: Int32Array;
  /** The same images of the `companion` set, changed in the same way; the receiver disposes it. */
  readonly companion?: tf.Tensor4D;
}

/** What {@link batches} can be told. */
export interface BatchOptions {
  readonly batchSize: number;
  /** Positions to go through, in this order. Default: 'given', the order of the set; 'shuffled' draws one. */
  readonly order?: 'given' | 'shuffled' | ArrayLike<number>;
  readonly augment?: Augmentation;
  /**
   * A set of as many images of the same height and width, such as object masks, that goes along: in the same order, with
   * the same crops and flips.
   */
  readonly companion?: ImageSet;
  /** Shuffling and augmentation are drawn from this seed and `epoch`. Default 0. */
  readonly seed?: number;
  /** Default 0. */
  readonly epoch?: number;
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Goes through a set once, batch by batch. The same seed and epoch give the same batches, on every machine, and neither
 * the batch size nor stopping early changes which way an epoch's images are shuffled.
 * @throws OptionError when the batch size is no whole number from 1 on, a position of the order is outside the set, or
 * the set's pixels or labels do not fit, or the companion's size is not the set's
 */
export function* batches(set: ImageSet, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, order = 'given', augment, companion, seed = 0, epoch = 0, dropLast = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new OptionError(`batchSize: expected a whole number from 1 on, got ${batchSize}.`);
  }
  if (companion) requireSameSize(set, companion);
  const positions = orderOf(set, order, seed, epoch);
  const drawn = () => augment && seedStream(seed, `augment/epoch-${epoch}`);
  const [rng, companionRng] = [drawn(), drawn()];
  const end = dropLast ? positions.length - (positions.length % batchSize) : positions.length;
  for (let start = 0; start < end; start += batchSize) {
    const indices = positions.slice(start, start + batchSize);
    yield {
      x: imagesAt(set, indices, augment, rng),
      labels: indices.map((i) => set.labels[i]!),
      indices,
      ...(companion ? { companion: imagesAt(companion, indices, augment, companionRng) } : {}),
    };
  }
}

function imagesAt(set: ImageSet, indices: Int32Array, augment?: Augmentation, rng?: MT19937): tf.Tensor4D {
  const [height, width, channels] = set.imageShape;
  let pixels = gatherPixels(set, indices);
  if (augment && rng) pixels = augmentPixels(pixels, set.imageShape, augment, rng);
  return tf.tensor4d(normalise(pixels, set.normalisation, channels), [indices.length, height, width, channels]);
}

function requireSameSize(set: ImageSet, companion: ImageSet): void {
  const size = ({ labels, imageShape }: ImageSet) => `${labels.length} of ${imageShape.slice(0, 2).join('×')}`;
  if (size(set) !== size(companion)) {
    throw new OptionError(
      `batches: expected as many companion images as images, ${size(set)}, got ${size(companion)}.`,
    );
  }
}

/** The positions to go through. @throws OptionError when one is outside the set */
export function orderOf(
  set: Pick<ImageSet, 'labels'>,
  order: 'given' | 'shuffled' | ArrayLike<number>,
  seed: number,
  epoch: number,
): Int32Array {
  if (order === 'shuffled') return seedStream(seed, `shuffle/epoch-${epoch}`).permutation(set.labels.length);
  if (order === 'given') return Int32Array.from(set.labels.keys());
  for (let i = 0; i < order.length; i++) checkPosition(set, order[i]!);
  return Int32Array.from(order);
}
