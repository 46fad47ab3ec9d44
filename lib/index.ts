/**
 * Everything that notebooks and programs import from 'modulab', in the order of the work. A room's further names are behind its
 * namespace; of a room that is named after its call it is the form in -ing.
 */
export { DataError, InterruptedError, ModelError, ModulabError, OptionError, StorageError } from './errors.js';
export { openBackend, type BackendReport, type OpenBackendOptions, type Precision } from './backend/index.js';
export { notebook, type NotebookImages, type NotebookOptions, type NotebookPreset } from './notebook.js';
export type { NotebookSetup } from './notebook.js';
export { presetFromEnvironment, runManifest, seedFromEnvironment, showProgress } from './run/index.js';
export type { OnProgress, RunManifest, RunOptions } from './run/index.js';

export { imageArrays, imageFolder, imageFolderSource, inMemory, loadDataset, synthetic } from './datasets/index.js';
export { concatSets, firstPerClass, keepClasses, splitTrainValidation, subset } from './datasets/index.js';
export { withClassNames, type Dataset, type ImageFolder, type ImageSet } from './datasets/index.js';
export type { ImageSource, LoadOptions, Normalisation } from './datasets/index.js';
export { asLogits, countParameters, loadModel, loadWeights, saveModel } from './models/index.js';
export { rawByteInputs, unitInputs, type Classifier, type LoadedModel } from './models/index.js';
export { fit, evaluate, firstLook, predictScores } from './training/index.js';
export type { EvaluateOptions, FitOptions, FitResult, TrainingHistory } from './training/index.js';
export { balancedAccuracy, classReport, measureCost, nonTargetAccuracy, reliability } from './metrics/index.js';
export type { ClassMetrics, ClassReport, CostReport } from './metrics/index.js';

export { attack, causalCheck, diagnose, heatMaps, probe, stress } from './diagnose/index.js';
export type { AttackResult, CausalCheck, DiagnoseOptions, Diagnosis, ProbeResult } from './diagnose/index.js';
export type { StressResult } from './diagnose/index.js';
export { CNNSPLITTER_PRESETS, layerSensitivity, split, SPLITTERS } from './split/index.js';
export type { CnnSplitResult, GradSplitResult, SplitOptions, SplitResult, Splitter } from './split/index.js';
export type { DecomposeResult } from './split/decompose/index.js';
export { compareSplitters, splitFront, type SplitterRow } from './compare/index.js';
export { countMacs, jaccard, keptRatio, loadModule, saveModule } from './surgery/index.js';
export type { KernelSelection, Module } from './surgery/index.js';
export { composeModules, type ComposedModel, type ComposedModules } from './compose/index.js';
export { CALIBRATIONS, patch, type Calibration, type PatchedModel, type PatchOptions } from './patch/index.js';
export { treat, TREAT_PRESETS, type TreatOptions, type TreatResult, type Treatment } from './treat/index.js';
export { ARMS, byEye, compareArms, CRITERIA, decisions, readDecisions, simplify } from './simplify/index.js';
export type { ArmRow, CriterionId, KernelGallery, RelevanceCriterion } from './simplify/index.js';
export type { SimplifyOptions, SimplifyResult } from './simplify/index.js';
export { gallery, tableOf } from './plot/index.js';
export { asOneModel, exportModel, type Exportable, type ExportOptions } from './export/index.js';

export * as tf from './tf.js';
export * as run from './run/index.js';
export * as datasets from './datasets/index.js';
export * as models from './models/index.js';
export * as training from './training/index.js';
export * as metrics from './metrics/index.js';
export * as surgery from './surgery/index.js';
export * as diagnosing from './diagnose/index.js';
export * as splitting from './split/index.js';
export * as decompose from './decompose.js';
export * as reuse from './compose/reuse/index.js';
export * as comparing from './compare/index.js';
export * as patching from './patch/index.js';
export * as treating from './treat/index.js';
export * as simplifying from './simplify/index.js';
export * as plot from './plot/index.js';
export * as papers from './papers.js';
export * as workshop from './workshop/index.js';
