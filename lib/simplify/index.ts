/** Smaller networks: kernels removed layer by layer, by formula or by eye. */
export { simplify, type SimplifyResult } from './simplify.js';
export {
  SIMPLIFY_PRESETS,
  type RetrainSettings,
  type SimplifyOptions,
  type SimplifyPreset,
  type SimplifySettings,
  type StopRule,
} from './options.js';
export type { SimplifyImages } from './simplify-images.js';
export type { StageRecord } from './stage-record.js';
export type { KernelChoice, LayerContext, RelevanceCriterion } from './criterion.js';
export { CRITERIA, type CriterionId } from './criteria/index.js';
export { moduleUnion } from './criteria/module-union.js';
export { ARMS, type Arm, type ArmId } from './arms.js';
export { compareArms, type ArmRow, type CompareArmsOptions } from './compare-arms.js';
export { summariseArms, type ArmSummary } from './summarise-arms.js';
export {
  kernelGallery,
  type GalleryContent,
  type KernelGallery,
  type KernelGalleryOptions,
} from './by-eye/kernel-gallery.js';
export {
  OpenGallery,
  type AskOptions,
  type GalleryView,
  type ShowGallery,
  type WaitOptions,
} from './by-eye/open-gallery.js';
export { byEye, type ByEye, type ByEyeOptions } from './by-eye/by-eye.js';
export { decisions, type ReplayOptions } from './by-eye/decisions.js';
export type { KernelDecision } from './by-eye/decision.js';
export { readDecisions, writeDecision } from './by-eye/decision-file.js';
export type { GalleryMaps } from './by-eye/gallery-maps.js';
export type { SimilarKernel } from './by-eye/similar-kernels.js';
export type { ModelScores } from './model-scores.js';
export type { PooledActivations } from './pooled-activations.js';
