import { classSums } from '../class-sums.js';
import type { RelevanceCriterion } from '../criterion.js';

/**
 * Variance of a kernel's pooled activation between classes over that within classes, classes weighted by their images
 * (spec progressive §4.1; not the paper's). 0 for a kernel that never changes.
 */
export const fisherRatio: RelevanceCriterion = {
  id: 'fisherRatio',
  label: 'variance between / within classes',
  async score(context) {
    const pooled = await context.pooledActivations();
    const { mean, units, labels } = pooled;
    const { classes, images, sums } = classSums(pooled);
    return Float64Array.from({ length: units }, (_, u) => {
      let total = 0;
      for (let c = 0; c < classes; c++) total += sums[c * units + u];
      const overall = total / labels.length;
      let between = 0;
      for (let c = 0; c < classes; c++) {
        if (images[c] > 0) between += images[c] * (sums[c * units + u] / images[c] - overall) ** 2;
      }
      let within = 0;
      labels.forEach((label, i) => {
        within += (mean[i * units + u] - sums[label * units + u] / images[label]) ** 2;
      });
      // A kernel that answers alike to all images of a class, and differently to each class, is the best there is.
      return within > 0 ? between / within : between > 0 ? Number.MAX_VALUE : 0;
    });
  },
};
