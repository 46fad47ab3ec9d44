import { seedStream } from '../../run/mt19937.js';
import type { RelevanceCriterion } from '../criterion.js';

/** A relevance drawn by lot: the control that every other criterion has to beat (spec progressive §5, arm v). */
export const random: RelevanceCriterion = {
  id: 'random',
  label: 'by lot',
  score({ group, seed }) {
    const stream = seedStream(seed, `relevance/${group.id}`);
    return Promise.resolve(group.units.map(() => stream.nextDouble()));
  },
};
