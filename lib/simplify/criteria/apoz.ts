import type { RelevanceCriterion } from '../criterion.js';

/**
 * 1 − average percentage of zeros: the share of images and positions at which a kernel is active (spec progressive §4.1;
 * not the paper's).
 */
export const apoz: RelevanceCriterion = {
  id: 'apoz',
  label: '1 − share of zeros',
  async score(context) {
    const { active, units } = await context.pooledActivations();
    const sums = new Float64Array(units);
    active.forEach((value, i) => (sums[i % units] += value));
    return sums.map((sum) => (sum * units) / active.length);
  },
};
