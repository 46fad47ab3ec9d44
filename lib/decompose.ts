/** Everything about networks taken apart node by node: what images activate, modules as masks, modules composed, their margins. */
export * from './surgery/nodes/index.js';
export * from './split/decompose/index.js';
export {
  composeDecomposed,
  decideByMargin,
  decideByVote,
  decompositionReport,
  floatProbability,
  type ComposeDecomposedOptions,
  type ComposedDecomposition,
  type DecomposedPart,
  type DecompositionReport,
  type SharingCounts,
} from './compose/index.js';
