import type { ImageSet } from '../../datasets/dataset.js';
import { MT19937 } from '../../run/mt19937.js';

/** Images of noise, the classes in turn, each a little brighter than the one before. */
export function noiseSet(classes: number, perClass: number, imageShape: [number, number, number], seed = 1): ImageSet {
  const rng = new MT19937(seed);
  const size = imageShape.reduce((product, n) => product * n, 1);
  const labels = Int32Array.from({ length: classes * perClass }, (_, i) => i % classes);
  return {
    pixels: Uint8Array.from({ length: labels.length * size }, (_, i) => {
      return 180 * rng.nextDouble() + 70 * (labels[Math.floor(i / size)] / classes);
    }),
    labels,
    imageShape,
    classNames: Array.from({ length: classes }, (_, c) => `class ${c}`),
    normalisation: {
      mean: new Array<number>(imageShape[2]).fill(0.45),
      std: new Array<number>(imageShape[2]).fill(0.25),
    },
  };
}
