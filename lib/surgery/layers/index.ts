/** What a layer type of one's own is made with: see "Add a layer type" in CONTRIBUTING.md. */
export { addLayerType } from './table.js';
export { deadTogether } from '../graph/dead-inputs.js';
export { foldScale } from '../graph/fold-scale.js';
export { ownStep, sameChannels } from '../graph/layer-type.js';
export type {
  ActivationKind,
  ChannelFlow,
  CountedLayer,
  CutLayer,
  DeadInputsQuestion,
  InputGradients,
  LayerRole,
  LayerType,
  MapShape,
  OwnWeights,
  Step,
  PlanContext,
  PlannedBorder,
  StepContext,
} from '../graph/layer-type.js';
export type { LayerNode } from '../graph/layer-graph.js';
export { MATRIX, VECTOR } from '../graph/weight-layout.js';
export type { KeptChannels, KeptEnds, WeightArray, WeightLayout, WidenedChannels } from '../graph/weight-layout.js';
export type { PlannedOperation, PlannedShape } from '../../backend/inference-plan.js';
export type { PlannedWindow } from '../../backend/plan-window.js';
