import { interruption } from '../engine/interruption.js';
import { InterruptedError } from '../errors.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import * as tf from '../tf.js';
import type { Batch, BatchOptions } from './batches.js';
import type { ImageSet } from './dataset.js';
import { IMAGES_PER_PASS } from './images-at-once.js';
import type { ImageSource } from './source/image-source.js';
import { anyBatches } from './source/source-batches.js';

/** What {@link passOver} can be told, beside what `batches` can. */
export interface PassOptions extends Omit<RunOptions, 'seed'>, Omit<BatchOptions, 'batchSize'> {
  /** What the progress line and the message of a pass that is stopped call it. */
  readonly task: string;
  /** Default `IMAGES_PER_PASS`, 125. */
  readonly batchSize?: number;
  /**
   * Called before every batch in place of looking at `signal`, with the images that are done: for a pass that is part of a
   * longer call, which says in its own words that it was stopped. Throws to stop.
   */
  readonly check?: (done: number) => void;
}

/**
 * The one way through a set of images in a long call: batch by batch, with progress, an ear for interrupts before every
 * batch and room for other work after it. The batches' tensors are disposed, whatever happens.
 * @param each does the work; what it makes of a batch it disposes itself. `false` ends the pass early
 * @throws InterruptedError on `signal`; what `batches`, `check` and `each` throw
 * @example
 * let bright = 0;
 * await passOver(test, { task: 'count' }, ({ x }) => {
 *   bright += tf.tidy(() => tf.sum(tf.greater(x, 0.5)).dataSync()[0]);
 * });
 */
export async function passOver(
  set: ImageSet | ImageSource,
  options: PassOptions,
  each: (batch: Batch, done: number) => void | false | Promise<void | false>,
): Promise<void> {
  const { task, batchSize = IMAGES_PER_PASS, check, onProgress, signal, ...rest } = options;
  const { order } = rest;
  const total = order === undefined || typeof order === 'string' ? set.labels.length : order.length;
  const stopped = interruption(signal);
  const look =
    check ??
    ((done: number) => {
      if (stopped()) throw new InterruptedError(`${task}: stopped after ${done} of ${total} images.`);
    });
  const meter = new ProgressMeter(onProgress, task, total, 'images');
  let done = 0;
  for await (const batch of anyBatches(set, { ...rest, batchSize })) {
    let goesOn: void | false;
    try {
      look(done);
      goesOn = await each(batch, done);
    } finally {
      tf.dispose([batch.x, batch.companion ?? []]);
    }
    done += batch.labels.length;
    meter.update(done);
    await new Promise(setImmediate); // lets output, interrupts and other work through
    if (goesOn === false) return;
  }
}
