/** One module per class out of a trained network. */
export {
  split,
  type CnnSplitOptions,
  type DecomposeSplitOptions,
  type GradSplitOptions,
  type SplitOptions,
} from './split.js';
export type { SplitImages, Splitter } from './splitter.js';
export type { ChosenSplit, SplitScores, SplitResult } from './split-result.js';
export type { HeldOutScores } from './held-out.js';
export type { KernelScores } from './cnnsplitter/kernel-scores.js';
export {
  SPLITTERS,
  type SplitMethod,
  type AnySplitter,
  type ImagesOf,
  type OptionsOf,
  type ResultOf,
  type SplitterOf,
} from './splitters.js';
export type { CnnSplitResult } from './cnnsplitter/cnnsplitter.js';
export type { GradSplitResult } from './gradsplitter/gradsplitter.js';
export { GRADSPLITTER_PRESETS, type GradSplitterOptions } from './gradsplitter/options.js';
export type { MaskEpochRecord, MaskHistory } from './gradsplitter/history.js';
export type { CnnSplitterOptions, CnnSplitterSettings, RaceStation } from './cnnsplitter/options.js';
export { CNNSPLITTER_PRESETS, type CnnSplitterPreset } from './cnnsplitter/presets.js';
export {
  layerSensitivity,
  type LayerSensitivity,
  type LayerSensitivityOptions,
  type LayerCurve,
} from './cnnsplitter/layer-sensitivity.js';
export type { GenerationRecord, SearchHistory } from './search-history.js';
