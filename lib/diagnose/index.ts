/** What classes hang on, and how small a change breaks them. */
export { diagnose, type DiagnoseOptions, type Diagnosis } from './diagnose.js';
export type { Confusion } from './confusions.js';
export {
  causalCheck,
  type CausalCheck,
  type CausalCheckOptions,
  type CausalRow,
  type SilencedAccuracy,
} from './causal-check.js';
export { heatMaps, type HeatMap, type HeatMapPair, type HeatMapOptions } from './heat-map.js';
export type { KernelClassMap } from './kernel-class-map.js';
export type { LayerRelevance } from './layer-relevance.js';
export { DIAGNOSIS_PRESETS, type DiagnosisPreset, type RelevanceSettings } from './settings.js';
export { attack } from './attacks/attack.js';
export type {
  AttackMethod,
  AttackOptions,
  AttackSettings,
  Norm,
  AttackRunOptions,
  CarliniWagnerOptions,
  DeepFoolOptions,
  FgsmOptions,
  NoiseOptions,
  PgdOptions,
} from './attacks/options.js';
export type { AttackOutcome, AttackResult, Distances } from './attacks/result.js';
export {
  stress,
  type StressCurve,
  type StressModel,
  type StressOptions,
  type StressResult,
  type WithoutBudget,
} from './attacks/stress.js';
export { probe, type ProbeCurve, type ProbeOptions, type ProbeResult } from './probe/probe.js';
export type { GradientNoise, GradientPart } from './gradient-aggregation.js';
export type { ClassOverlap } from './overlap.js';
export type { RelevanceThreshold } from './relevance-threshold.js';
export type { ImageSelection } from './select-images.js';
