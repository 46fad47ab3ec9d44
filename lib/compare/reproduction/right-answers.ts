import type { ImageSet } from '../../datasets/dataset.js';
import { type PairedCounts, pairedCounts } from './effect-test.js';

/**
 * Whether the highest score of every image is its class's; of equals the first wins.
 * @param scores [images · classes], image after image
 */
export function rightAnswers(scores: Float32Array, { labels, classNames }: ImageSet): boolean[] {
  const classes = classNames.length;
  return Array.from(labels, (label, image) => {
    const from = image * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[from + c] > scores[from + best]) best = c;
    return best === label;
  });
}

/** Which images a classifier is right about, as plain data: a bit per image in hexadecimal digits, the first image first. */
export interface PackedAnswers {
  readonly images: number;
  readonly right: string;
}

export function packAnswers(right: readonly boolean[]): PackedAnswers {
  const bytes = Buffer.alloc(Math.ceil(right.length / 8));
  right.forEach((own, i) => {
    if (own) bytes[i >> 3] |= 128 >> (i & 7);
  });
  return { images: right.length, right: bytes.toString('hex') };
}

export function unpackAnswers({ images, right }: PackedAnswers): boolean[] {
  const bytes = Buffer.from(right, 'hex');
  return Array.from({ length: images }, (_, i) => (bytes[i >> 3] & (128 >> (i & 7))) !== 0);
}

/** Accuracy in percent. */
export function accuracyOf(answers: PackedAnswers): number {
  return (100 * unpackAnswers(answers).filter(Boolean).length) / answers.images;
}

/** Two classifiers on the same images. */
export function pairedAnswers(first: PackedAnswers, second: PackedAnswers): PairedCounts {
  return pairedCounts(unpackAnswers(first), unpackAnswers(second));
}
