import { createHash } from 'node:crypto';
import type { ImageSet } from './dataset.js';

/** SHA-256 of everything that a model sees of a set: pixels, labels, classes, shape and normalisation. */
export function imageSetDigest(set: ImageSet): string {
  const about = JSON.stringify([set.imageShape, set.classNames, set.normalisation]);
  return createHash('sha256').update(about).update(set.pixels).update(set.labels).digest('hex');
}
