/** Training with constraints on gradients. */
export { treat, type TreatImages, type Treatment, type TreatOptions } from './treat.js';
export {
  summariseTreatment,
  type TreatResult,
  type TreatRun,
  type TreatSummary,
  type Constraint,
  type TreatArm,
  type TreatClassSummary,
  type TreatOutcome,
} from './treat-result.js';
export { TREAT_PRESETS, type TreatPreset, type TreatSettings } from './treat-settings.js';
export { measureEvidence, type EvidenceMeasure, type EvidenceOptions } from './evidence.js';
export type { GradientPath } from './class-gradients.js';
export type { Aggregation, ChannelPenaltyOptions } from './penalty.js';
