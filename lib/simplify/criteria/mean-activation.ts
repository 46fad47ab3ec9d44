import type { RelevanceCriterion } from '../criterion.js';

/** Mean positive activation over images and positions (spec progressive §4.1; not the paper's). */
export const meanActivation: RelevanceCriterion = {
  id: 'meanActivation',
  label: 'mean activation',
  async score(context) {
    const { mean, units } = await context.pooledActivations();
    const sums = new Float64Array(units);
    mean.forEach((value, i) => (sums[i % units] += value));
    return sums;
  },
};
