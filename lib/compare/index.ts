/** Splitters and sizes of modules side by side, and the papers' tables as they were computed. */
export {
  compareSplitters,
  type CompareImages,
  type CompareSplittersOptions,
  type SplitterRow,
} from './compare-splitters.js';
export { meanGain, patchGains, type PatchGain, type PatchGainsOptions } from './patch-gains.js';
export { splitFront, type FrontImages, type FrontWay, type SplitFrontOptions } from './split-front.js';
export { summariseFront, type FrontPoint, type FrontRow } from './summarise-front.js';
export {
  reproducedRow,
  reproducedRows,
  type ReproducedRow,
  type ReproducedRowsOptions,
} from './reproduction/reproduced-row.js';
export type { Finding, OverSeeds, PaperValue } from './reproduction/finding.js';
export type { Claim, EffectTest, Interval, Verdict } from './reproduction/effect-test.js';
