/** What can be done about a class that is taken for another (spec decompose §3.7). */
export const PAIR_OPTIONS = ['model', 'modules', 'better', 'pair', 'drop', 'recheck'] as const;
/** A way to deal with a class that is taken for another, by name. */
export type PairOption = (typeof PAIR_OPTIONS)[number];

/**
 * Person and gorilla among 202 classes (spec decompose §5, T6): accuracies in percent of the model, its modules, and the
 * options 1 to 4.
 */
export const PUBLISHED_PAIR_OPTIONS: Readonly<Record<PairOption, { readonly top1: number; readonly top5: number }>> = {
  model: { top1: 26.6, top5: 50.4 },
  modules: { top1: 26.0, top5: 50.4 },
  better: { top1: 27.2, top5: 54.6 },
  pair: { top1: 25.0, top5: 50.4 },
  drop: { top1: 24.0, top5: 48.2 },
  recheck: { top1: 25.3, top5: 50.8 },
};
