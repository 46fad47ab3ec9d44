import { classSums } from '../class-sums.js';
import type { RelevanceCriterion } from '../criterion.js';

/**
 * Selectivity for the class that a kernel answers to most: (a − b) / (a + b) with a its mean pooled activation for that
 * class and b that over all images of the others, 0 to 1 (spec progressive §4.1, after an idea of the same group; not
 * the paper's). 0 for a kernel that is never active.
 */
export const classSelectivity: RelevanceCriterion = {
  id: 'classSelectivity',
  label: 'selectivity for one class',
  async score(context) {
    const pooled = await context.pooledActivations();
    const { units, labels } = pooled;
    const { classes, images, sums } = classSums(pooled);
    return Float64Array.from({ length: units }, (_, u) => {
      let total = 0;
      let best = 0;
      for (let c = 0; c < classes; c++) {
        const sum = sums[c * units + u];
        total += sum;
        if (images[c] > 0 && (images[best] === 0 || sum / images[c] > sums[best * units + u] / images[best])) best = c;
      }
      const own = sums[best * units + u] / images[best];
      const others = labels.length - images[best];
      const rest = others > 0 ? (total - sums[best * units + u]) / others : 0;
      return own + rest > 0 ? (own - rest) / (own + rest) : 0;
    });
  },
};
