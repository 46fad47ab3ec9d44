/** Inside networks: which kernels hang together, masking and cutting them out, fast inference, modules. */
export * as layerTypes from './layers/index.js';

export { countMacs, type MacCount } from './trace/count-macs.js';
export {
  fullSelection,
  intersection,
  jaccard,
  keptCounts,
  keptRatio,
  meanDifference,
  selectionFromJSON,
  selectionToJSON,
  union,
  type KernelSelection,
  type SelectableLayers,
  type KernelSelectionJson,
} from './trace/kernel-selection.js';
export {
  fillEmptyLayers,
  selectionFromUnits,
  tieSelection,
  traceModel,
  type ChannelGroup,
  type ChannelUnit,
  type ModelTrace,
  type TracedLayer,
  type UnitSelection,
  type FilledSelection,
} from './trace/trace.js';
export { maskKernels } from './modules/mask.js';
export { createExtractor, extractKernels, type KernelExtractor, type ExtractOptions } from './modules/extract.js';
export { compileInference, type CompiledInference, type CompileOptions } from './passes/inference.js';
export { inferenceOf } from './passes/any-inference.js';
export { cutAtLayer, type CutState, type LayerTail, type PassOptions } from './passes/layer-tail.js';
export type { RelevantKernels } from './trace/relevant-kernels.js';
export { kernelImportance, type KernelImportance, type KernelImportanceOptions } from './passes/kernel-importance.js';
export {
  gradientImportance,
  type GradientImportance,
  type GradientImportanceOptions,
} from './passes/gradient-importance.js';
export { finishModules, type AfterSteps, type AfterStepsReport, type FitTo } from './modules/finish-modules.js';
export type { ScaleAndBias } from './modules/scale-and-bias.js';
export type {
  Module,
  ModuleLayers,
  ModuleProvenance,
  ModuleSharing,
  OpenModule,
  SaveModuleOptions,
  ScoreKind,
} from './modules/module.js';
export { KernelModule } from './modules/kernel-module.js';
export type { KernelModuleParts, KernelModuleProvenance } from './modules/kernel-module-parts.js';
export { NodeModule } from './nodes/node-module.js';
export { openModules, type OpenModules } from './modules/open-modules.js';
export { loadModule, saveModule, type LoadModuleOptions } from './modules/module-file.js';
