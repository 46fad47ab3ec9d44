import { OptionError } from '../../errors.js';
import { seedStream } from '../../run/mt19937.js';
import * as tf from '../../tf.js';
import { augmentPixels } from '../augment.js';
import { type Batch, batches, type BatchOptions, orderOf } from '../batches.js';
import type { ImageSet } from '../dataset.js';
import { normalise } from '../tensors.js';
import { type ImageSource, isImageSource } from './image-source.js';

/** What {@link sourceBatches} can be told. */
export interface SourceBatchOptions extends Omit<BatchOptions, 'companion'> {
  /** Batches that are read and decoded while one is used. Default 2. */
  readonly ahead?: number;
}

/**
 * Goes through a source once, batch by batch, while the next ones are read. The batches are those that `batches` gives of the same
 * images in memory.
 * @throws OptionError as `batches`, DataError when a file is damaged
 * @example
 * const photos = await imageFolderSource('photos', { size: 224 });
 * for await (const { x, labels } of datasets.sourceBatches(photos.train, { batchSize: 32, order: 'shuffled', seed: 1 })) x.dispose();
 */
export async function* sourceBatches(
  source: ImageSource,
  options: SourceBatchOptions,
): AsyncGenerator<Batch, void, undefined> {
  const { batchSize, order = 'given', augment, seed = 0, epoch = 0, dropLast = false, ahead = 2 } = options;
  for (const [name, value, least] of [
    ['batchSize', batchSize, 1],
    ['ahead', ahead, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new OptionError(`${name}: expected a whole number from ${least} on, got ${value}.`);
    }
  }
  const positions = orderOf(source, order, seed, epoch);
  const rng = augment && seedStream(seed, `augment/epoch-${epoch}`);
  const end = dropLast ? positions.length - (positions.length % batchSize) : positions.length;
  const [height, width, channels] = source.imageShape;
  const pending: { indices: Int32Array; read: Promise<Uint8Array> }[] = [];
  let next = 0;
  const readOn = (): void => {
    while (next < end && pending.length <= ahead) {
      const indices = positions.slice(next, next + batchSize);
      const read = source.read(indices);
      read.catch(() => undefined); // whoever stops in between does not wait for it
      pending.push({ indices, read });
      next += batchSize;
    }
  };
  for (readOn(); pending.length > 0; readOn()) {
    const { indices, read } = pending.shift()!;
    let pixels = await read;
    readOn();
    if (augment && rng) pixels = augmentPixels(pixels, source.imageShape, augment, rng);
    const shape: [number, number, number, number] = [indices.length, height, width, channels];
    yield {
      x: tf.tensor4d(normalise(pixels, source.normalisation, channels), shape),
      labels: indices.map((i) => source.labels[i]!),
      indices,
    };
  }
}

/** Batches of images in memory, or of those that are read as they are asked for. @throws OptionError, DataError */
export function anyBatches(
  images: ImageSet | ImageSource,
  options: BatchOptions,
): Iterable<Batch> | AsyncIterable<Batch> {
  if (!isImageSource(images)) return batches(images, options);
  const { companion, ...rest } = options;
  if (companion) throw new OptionError('Object masks go along with images in memory only: inMemory(source).');
  return sourceBatches(images, rest);
}
