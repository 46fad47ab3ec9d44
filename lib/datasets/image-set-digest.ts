import { createHash } from 'node:crypto';
import type { ImageSet } from './dataset.js';
import { type ImageSource, isImageSource } from './source/image-source.js';

/** SHA-256 of everything that a model sees of a set: pixels, labels, classes, shape and normalisation. */
export function imageSetDigest(set: ImageSet | ImageSource): string {
  if (isImageSource(set)) return set.digest;
  const about = JSON.stringify([set.imageShape, set.classNames, set.normalisation]);
  return createHash('sha256').update(about).update(set.pixels).update(set.labels).digest('hex');
}
