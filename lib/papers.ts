/** The values that the papers publish, as data: what tables and figures put beside results of one’s own. */
export { PUBLISHED_DIRICHLET } from './datasets/dirichlet-subset.js';
export { PUBLISHED_STRONG_TRAINING } from './training/fit-options.js';
export { PUBLISHED_DECOMPOSITIONS, type PublishedDecomposition } from './split/decompose/published-results.js';
export { PUBLISHED_PROBE_ATTACK } from './diagnose/probe/probe.js';
export { PUBLISHED_PROBE, type PublishedProbe } from './diagnose/probe/published-readings.js';
export { PUBLISHED_SPLIT_MEAN, PUBLISHED_SPLITS, type PublishedSplit } from './split/cnnsplitter/published-results.js';
export { publishedPatchMeans } from './patch/patch-summary.js';
export {
  CNNSPLITTER_GAINS,
  GRADSPLITTER_GAINS,
  publishedPatchRows,
  type HeadlineGains,
  type PatchFigures,
  type PublishedPatchRow,
} from './patch/published-results.js';
export { PUBLISHED_MEAN_RATIOS, publishedOverheads, type PublishedOverhead } from './patch/published-overhead.js';
export { PUBLISHED_CIFAR10_TREATMENTS, type PublishedTreatment } from './treat/published-table.js';
export {
  publishedReuseAcross,
  publishedReuseWithin,
  type PublishedReuseAcross,
  type PublishedReuseWithin,
} from './compose/reuse/published/published-reuse.js';
export {
  publishedReplaceAcross,
  publishedReplaceWithin,
  type PublishedReplaceAcross,
  type PublishedReplaceWithin,
} from './compose/reuse/published/published-replace.js';
export { PUBLISHED_PAIR_OPTIONS, type PairOption } from './compose/reuse/published/published-scenario.js';
export { publishedCostRatios, type PublishedCostRatio } from './compose/reuse/published/published-cost.js';
