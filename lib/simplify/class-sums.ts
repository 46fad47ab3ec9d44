import type { PooledActivations } from './pooled-activations.js';

/** Sums of pooled activations per class. */
export interface ClassSums {
  readonly classes: number;
  /** Images of each class. */
  readonly images: Float64Array;
  /** [classes × units]: sum of the units' mean activations over the class's images. */
  readonly sums: Float64Array;
}

/** Adds up every unit's pooled activation over the images of each class. */
export function classSums({ mean, units, labels }: PooledActivations): ClassSums {
  const classes = Math.max(...labels) + 1;
  const images = new Float64Array(classes);
  const sums = new Float64Array(classes * units);
  labels.forEach((label, i) => {
    images[label]++;
    for (let u = 0; u < units; u++) sums[label * units + u] += mean[i * units + u];
  });
  return { classes, images, sums };
}
