/** Modules side by side, as one classifier. */
export { decompositionReport, type DecompositionReport } from './decomposition-report.js';
export { composeModules, type ComposedModel, type ComposedModules } from './composed-model.js';
export {
  composeDecomposed,
  type ComposeDecomposedOptions,
  type ComposedDecomposition,
  type DecomposedPart,
  type SharingCounts,
} from './compose-decomposed.js';
export { decideByMargin, decideByVote, floatProbability } from './margin-decision.js';
