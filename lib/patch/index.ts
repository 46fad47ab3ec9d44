/** A module set beside a weak network, and the experiment of the patching study. */
export { patch, type PatchedModel, type PatchOptions, type PatchParts } from './patch.js';
export {
  measurePatches,
  measureWeak,
  type MeasuredWeak,
  type MeasurePatchesOptions,
  type PatchMeasurement,
} from './measure-patch.js';
export { CALIBRATIONS, type Calibration, type FittedCalibration } from './calibration.js';
export type { InputNormalisations } from './module-beside-weak.js';
export { silentModule } from './silent-module.js';
export { loadPatchData, type PatchData, type PatchDataOptions, type WeakTask } from './patch-data.js';
export { weakModel, type WeakModel, type WeakModelOptions } from './weak-model.js';
export { WEAK_KINDS, WEAK_NETWORKS } from './weak-kinds.js';
export { weakRecipe, type WeakRecipe } from './weak-recipe.js';
export { patchExperiment, type PatchExperimentOptions } from './patch-experiment.js';
export type { PatchRow, PatchScore, PatchMetric } from './patch-row.js';
export { grandMeanGains, summarisePatchRows, type PatchSummary, type PatchMean } from './patch-summary.js';
export { patchOverhead, type PatchOverhead } from './patch-overhead.js';
export type { RangeRule } from './calibration-range.js';
export type { LearnedCalibration } from './learned-calibration.js';
