/** Everything that notebooks and programs import from 'modulab'. */
export * as tf from './tf.js';
export * as models from './models/index.js';
export * as layerTypes from './surgery/layers/index.js';
export * as plot from './plot/index.js';
export * as workshop from './workshop/index.js';

export { DataError, InterruptedError, ModelError, ModulabError, OptionError, StorageError } from './errors.js';

export { openBackend, type BackendReport, type OpenBackendOptions } from './backend/open-backend.js';

export { showProgress } from './run/show-progress.js';
export { progressLine } from './run/progress-line.js';
export { ProgressMeter, type OnProgress, type ProgressEvent } from './run/progress.js';
export type { RunOptions } from './run/options.js';
export { presetFromEnvironment, seedFromEnvironment } from './run/preset.js';
export { runManifest, writeManifest, type RunManifest } from './run/manifest.js';
export { MT19937, seedStream } from './run/mt19937.js';

export { IMAGENET_NORMALISATION, type Dataset, type ImageSet, type Normalisation } from './datasets/dataset.js';
export { loadDataset, DATASET_NAMES, type DatasetName } from './datasets/load.js';
export type { LoadOptions, PerSplit } from './datasets/load-options.js';
export { imageFileNames, imageFolder, type ImageFolder } from './datasets/folder/image-folder.js';
export type { ImageFolderOptions } from './datasets/folder/image-folder-options.js';
export {
  imageFolderSource,
  type ImageFolderSource,
  type ImageFolderSourceOptions,
} from './datasets/source/image-folder-source.js';
export { inMemory, type ImageSource } from './datasets/source/image-source.js';
export { sourceBatches, type SourceBatchOptions } from './datasets/source/source-batches.js';
export type { ImageFit } from './datasets/images/fit-image.js';
export type { FolderReport, SplitReport } from './datasets/folder/folder-report.js';
export type { SplitRole } from './datasets/folder/layouts/split-name.js';
export type { Counted } from './datasets/folder/tally.js';
export { toGrey } from './datasets/to-grey.js';
export { readObjectMasks } from './datasets/object-masks.js';
export { synthetic, syntheticObjectMask, syntheticObjectMasks, type SyntheticOptions } from './datasets/synthetic.js';
export { classCounts, concatSets, keepClasses, subset, firstPerClass, withClassNames } from './datasets/subset.js';
export {
  dirichletSubset,
  PUBLISHED_DIRICHLET,
  type DirichletOptions,
  type DirichletSubset,
} from './datasets/dirichlet-subset.js';
export { splitTrainValidation, type TrainValidationSplit } from './datasets/split-train-validation.js';
export { batches, type Batch, type BatchOptions } from './datasets/batches.js';
export { toTensor } from './datasets/tensors.js';

export type { Classifier } from './models/classifier.js';
export { countMacs, type MacCount } from './surgery/trace/count-macs.js';
export { countParameters, type ParameterCount } from './models/count-parameters.js';
export { loadModel, type LoadedModel, type LoadModelOptions } from './models/load-model.js';
export type { ModelDownload } from './models/opening/download-model.js';
export type { OpeningReport } from './models/opening/opening-report.js';
export { loadWeights } from './models/load-weights.js';
export { readNpz } from './models/formats/numpy/npz.js';
export { readSafetensors } from './models/formats/safetensors/safetensors.js';
export { saveModel, type SaveModelOptions } from './models/save-model.js';
export { exportModel, type ExportOptions } from './export/export-model.js';
export { asOneModel, type Exportable } from './export/one-model.js';
export { asLogits } from './models/as-logits.js';
export { asTwoClasses } from './models/as-two-classes.js';
export { flattenNested } from './models/flatten-nested.js';
export { outputKind } from './models/output-kind.js';
export { rawByteInputs, unitInputs } from './models/input-ranges.js';

export { fit, type FitResult } from './training/fit.js';
export { PUBLISHED_STRONG_TRAINING, type FitOptions } from './training/fit-options.js';
export { evaluate, predictScores, type EvaluateOptions } from './training/evaluate.js';
export type { EpochRecord, TrainingHistory } from './training/history.js';

export { classReport, type ClassMetrics, type ClassReport } from './metrics/class-report.js';
export {
  costRatio,
  measureCost,
  sumCosts,
  type AssumedPower,
  type CostRatio,
  type CostReport,
  type MeasureCostOptions,
} from './metrics/measure-cost.js';
export { topKAccuracy } from './metrics/top-k.js';
export { balancedAccuracy, nonTargetAccuracy, weakestClass } from './metrics/summaries.js';

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
} from './surgery/trace/kernel-selection.js';
export { fillEmptyLayers, selectionFromUnits, tieSelection, traceModel } from './surgery/trace/trace.js';
export type { ChannelGroup, ChannelUnit, ModelTrace, TracedLayer, UnitSelection } from './surgery/trace/trace.js';
export { maskKernels } from './surgery/modules/mask.js';
export { createExtractor, extractKernels, type KernelExtractor } from './surgery/modules/extract.js';
export { compileInference, type CompiledInference } from './surgery/passes/inference.js';
export { inferenceOf } from './surgery/passes/any-inference.js';
export { cutAtLayer, type CutState, type LayerTail } from './surgery/passes/layer-tail.js';
export type { RelevantKernels } from './surgery/trace/relevant-kernels.js';
export {
  kernelImportance,
  type KernelImportance,
  type KernelImportanceOptions,
} from './surgery/passes/kernel-importance.js';
export {
  gradientImportance,
  type GradientImportance,
  type GradientImportanceOptions,
} from './surgery/passes/gradient-importance.js';
export { finishModules, type AfterSteps, type AfterStepsReport } from './surgery/modules/finish-modules.js';
export type { ScaleAndBias } from './surgery/modules/scale-and-bias.js';
export type { Module, ModuleProvenance } from './surgery/modules/module.js';
export { scoreModule, type ModuleScore } from './surgery/modules/module-score.js';
export { loadModule, saveModule } from './surgery/modules/module-file.js';

export { diagnose, type DiagnoseOptions, type Diagnosis } from './diagnose/diagnose.js';
export type { Confusion } from './diagnose/confusions.js';
export { causalCheck, type CausalCheck, type CausalCheckOptions } from './diagnose/causal-check.js';
export { heatMaps, type HeatMap, type HeatMapPair } from './diagnose/heat-map.js';
export { bitMembers, countBits, hasBit, type Bitset } from './surgery/graph/bitset.js';
export type { ConvMask, DenseMask } from './surgery/nodes/node-mask.js';
export type {
  AddPolicy,
  DecomposedModule,
  DecomposeProvenance,
  DecomposeVariant,
} from './surgery/nodes/node-module.js';
export { createNodeNetwork, type NodeNetwork, type NodePoint } from './surgery/nodes/node-network.js';
export { marginsOf, moduleMargins, openNodeModule, type ModuleForward } from './surgery/nodes/module-margins.js';
export { loadDecomposedModule, saveDecomposedModule } from './surgery/nodes/node-module-file.js';
export { activeNodes, type ActiveNodes, type ActiveNodesOptions } from './surgery/nodes/node-activity.js';
export { modelDigest } from './models/model-digest.js';
export type { DecomposeSplitOptions } from './split/split.js';
export type { DecomposeResult } from './split/decompose/decompose.js';
export { cutDecomposed, type CutModules, type ModuleNodes } from './split/decompose/cut-modules.js';
export { decompositionReport, type DecompositionReport } from './compose/decomposition-report.js';
export { PUBLISHED_DECOMPOSITIONS, type PublishedDecomposition } from './split/decompose/published-results.js';
export type { ClassActivity, ObservedClass } from './split/decompose/class-activity.js';
export {
  DECOMPOSE_PRESETS,
  type CutSettings,
  type DecomposeOptions,
  type DecomposeSettings,
} from './split/decompose/options.js';

export type { KernelClassMap } from './diagnose/kernel-class-map.js';
export type { LayerRelevance } from './diagnose/layer-relevance.js';
export { DIAGNOSIS_PRESETS, type DiagnosisPreset, type RelevanceSettings } from './diagnose/settings.js';
export { reliability, type CalibrationReport, type Reliability } from './metrics/reliability.js';
export { attack } from './diagnose/attacks/attack.js';
export type { AttackMethod, AttackOptions, AttackSettings, Norm } from './diagnose/attacks/options.js';
export type { AttackOutcome, AttackResult, Distances } from './diagnose/attacks/result.js';
export { stress } from './diagnose/attacks/stress.js';
export type { StressCurve, StressModel, StressOptions, StressResult } from './diagnose/attacks/stress.js';
export { probe, PUBLISHED_PROBE_ATTACK } from './diagnose/probe/probe.js';
export type { ProbeCurve, ProbeOptions, ProbeResult } from './diagnose/probe/probe.js';
export { PUBLISHED_PROBE, type PublishedProbe } from './diagnose/probe/published-readings.js';
export { split, type GradSplitOptions, type SplitOptions } from './split/split.js';
export type { SplitScores, SplitImages, Splitter } from './split/splitter.js';
export type { HeldOutFigures } from './split/held-out.js';
export type { KernelScores } from './split/cnnsplitter/kernel-scores.js';
export { SPLITTERS, type SplitMethod } from './split/splitters.js';
export type { AnySplitter, ImagesOf, OptionsOf, ResultOf, SplitterOf } from './split/splitters.js';
export type { CnnSplitResult } from './split/cnnsplitter/cnnsplitter.js';
export type { GradSplitResult } from './split/gradsplitter/gradsplitter.js';
export { GRADSPLITTER_PRESETS, type GradSplitterOptions } from './split/gradsplitter/options.js';
export type { MaskEpochRecord, MaskHistory } from './split/gradsplitter/history.js';
export type { CnnSplitterOptions, CnnSplitterSettings, RaceStation } from './split/cnnsplitter/options.js';
export { CNNSPLITTER_PRESETS, type CnnSplitterPreset } from './split/cnnsplitter/presets.js';
export { PUBLISHED_SPLIT_MEAN, PUBLISHED_SPLITS, type PublishedSplit } from './split/cnnsplitter/published-results.js';
export {
  layerSensitivity,
  type LayerSensitivity,
  type LayerSensitivityOptions,
} from './split/cnnsplitter/layer-sensitivity.js';
export type { Workers } from './run/worker-pool.js';
export type { GenerationRecord, SearchHistory } from './split/search-history.js';
export { patch, type PatchedModel, type PatchOptions, type PatchParts } from './patch/patch.js';
export type { Calibration, FittedCalibration } from './patch/calibration.js';
export { CALIBRATIONS } from './patch/calibration.js';
export type { InputNormalisations } from './patch/module-beside-weak.js';
export { loadPatchData, type PatchData, type PatchDataOptions, type WeakTask } from './patch/patch-data.js';
export { weakModel, type WeakModel, type WeakModelOptions } from './patch/weak-model.js';
export { WEAK_KINDS, WEAK_NETWORKS } from './patch/weak-kinds.js';
export { weakRecipe, type WeakRecipe } from './patch/weak-recipe.js';
export { patchExperiment, type PatchExperimentOptions } from './patch/patch-experiment.js';
export type { PatchRow, PatchScore } from './patch/patch-row.js';
export { grandMeanGains, publishedPatchMeans, summarisePatchRows, type PatchSummary } from './patch/patch-summary.js';
export { patchOverhead, type PatchOverhead } from './patch/patch-overhead.js';
export { CNNSPLITTER_GAINS, GRADSPLITTER_GAINS, publishedPatchRows } from './patch/published-results.js';
export { PUBLISHED_MEAN_RATIOS, publishedOverheads } from './patch/published-overhead.js';
export { treat, type TreatImages, type Treatment, type TreatOptions } from './treat/treat.js';
export { summariseTreatment, type TreatResult, type TreatRun, type TreatSummary } from './treat/treat-result.js';
export { TREAT_PRESETS, type TreatPreset, type TreatSettings } from './treat/treat-settings.js';
export { measureEvidence, type EvidenceMeasure, type EvidenceOptions } from './treat/evidence.js';
export { PUBLISHED_CIFAR10_TREATMENTS } from './treat/published-table.js';
export { simplify, type SimplifyResult } from './simplify/simplify.js';
export {
  SIMPLIFY_PRESETS,
  type RetrainSettings,
  type SimplifyOptions,
  type SimplifyPreset,
  type SimplifySettings,
  type StopRule,
} from './simplify/options.js';
export type { SimplifyImages } from './simplify/simplify-images.js';
export type { StageRecord } from './simplify/stage-record.js';
export type { KernelChoice, LayerContext, RelevanceCriterion } from './simplify/criterion.js';
export { CRITERIA, type CriterionId } from './simplify/criteria/index.js';
export { moduleUnion } from './simplify/criteria/module-union.js';
export { ARMS, type Arm, type ArmId } from './simplify/arms.js';
export { compareArms, type ArmRow, type CompareArmsOptions } from './simplify/compare-arms.js';
export { summariseArms, type ArmSummary } from './simplify/summarise-arms.js';
export { gallery, type GalleryOptions } from './plot/gallery/gallery.js';
export {
  kernelGallery,
  type GalleryContent,
  type KernelGallery,
  type KernelGalleryOptions,
} from './simplify/by-eye/kernel-gallery.js';
export type { AskOptions, GalleryView, OpenGallery, ShowGallery, WaitOptions } from './simplify/by-eye/open-gallery.js';
export { byEye, type ByEye, type ByEyeOptions } from './simplify/by-eye/by-eye.js';
export { decisions, type ReplayOptions } from './simplify/by-eye/decisions.js';
export type { KernelDecision } from './simplify/by-eye/decision.js';
export { readDecisions, writeDecision } from './simplify/by-eye/decision-file.js';
export { composeModules, type ComposedModel, type ComposedModules } from './compose/composed-model.js';
export {
  composeDecomposed,
  type ComposeDecomposedOptions,
  type ComposedDecomposition,
  type DecomposedPart,
  type SharingFigures,
} from './compose/compose-decomposed.js';
export { decideByMargin, decideByVote, floatProbability } from './compose/margin-decision.js';
export { moduleF1 } from './compose/reuse/module-f1.js';
export {
  compareSplitters,
  type CompareImages,
  type CompareSplittersOptions,
  type SplitterRow,
} from './compare/compare-splitters.js';
export { meanGain, patchGains, type PatchGain } from './compare/patch-gains.js';
export { splitFront, type FrontImages, type FrontWay, type SplitFrontOptions } from './compare/split-front.js';
export { summariseFront, type FrontPoint, type FrontRow } from './compare/summarise-front.js';
export { marginModule, scoringModule, type ScoringModule } from './surgery/modules/scoring-module.js';
export { chooseBestModules, type ModuleChoice } from './compose/reuse/reuse-best-modules.js';
export { binaryTask, chooseBinaryModules } from './compose/reuse/reuse-binary-task.js';

export { adaptImages, type AdaptOptions, type ImageInput } from './datasets/adapt-images.js';
export { taskScore, type TaskScore } from './metrics/task-score.js';
export type { ModularNetwork } from './compose/reuse/modular-network.js';
export type { ReuseImages, ReuseOptions } from './compose/reuse/reuse-options.js';
export { loadReuseData, type ReuseData, type ReuseDataOptions } from './compose/reuse/reuse-data.js';
export { updateModule, type UpdateOptions, type UpdateReading } from './compose/reuse/continual-update.js';
export { scratchBaseline, type ScratchRecipe, type ScratchResult } from './compose/reuse/scratch-baseline.js';
export { reuseWithin, type ReuseWithinOptions, type ReuseWithinRow } from './compose/reuse/reuse-within.js';
export {
  reuseAcross,
  type ReuseAcrossOptions,
  type ReuseAcrossRow,
  type ReuseSide,
  type UpdatedModules,
} from './compose/reuse/reuse-across.js';
export { replaceWithin, type ReplaceWithin, type ReplaceWithinOptions } from './compose/reuse/replace-within.js';
export { replaceAcross, type ReplaceAcrossOptions, type ReplaceAcrossRow } from './compose/reuse/replace-across.js';
export {
  confusedPair,
  mostConfusedPair,
  pairImages,
  type ConfusedPair,
  type ConfusedPairOptions,
  type ConfusedPairRow,
} from './compose/reuse/confused-pair.js';
export { costRatios, type CostRatios } from './compose/reuse/cost-ratios.js';
export { publishedReuseAcross, publishedReuseWithin } from './compose/reuse/published-reuse.js';
export { publishedReplaceAcross, publishedReplaceWithin } from './compose/reuse/published-replace.js';
export { PUBLISHED_PAIR_OPTIONS } from './compose/reuse/published-scenario.js';
export { publishedCostRatios } from './compose/reuse/published-cost.js';

// Types that the signatures above name.
export type { PatchGainsOptions } from './compare/patch-gains.js';
export type { Effort } from './compose/reuse/effort.js';
export type { PublishedCostRatio } from './compose/reuse/published-cost.js';
export type { PublishedReplaceAcross, PublishedReplaceWithin } from './compose/reuse/published-replace.js';
export type { PublishedReuseAcross, PublishedReuseWithin } from './compose/reuse/published-reuse.js';
export type { PairOption } from './compose/reuse/published-scenario.js';
export type { ReplaceWithinRow } from './compose/reuse/replace-within.js';
export type { ScratchOptions } from './compose/reuse/scratch-baseline.js';
export type { Augmentation } from './datasets/augment.js';
export type { StoredDatasetName } from './datasets/stored/stored-sets.js';
export type {
  AttackRunOptions,
  CarliniWagnerOptions,
  DeepFoolOptions,
  FgsmOptions,
  NoiseOptions,
  PgdOptions,
} from './diagnose/attacks/options.js';
export type { WithoutBudget } from './diagnose/attacks/stress.js';
export type { CausalRow, SilencedAccuracy } from './diagnose/causal-check.js';
export type { GradientNoise, GradientPart } from './diagnose/gradient-aggregation.js';
export type { HeatMapOptions } from './diagnose/heat-map.js';
export type { ClassOverlap } from './diagnose/overlap.js';
export type { RelevanceThreshold } from './diagnose/relevance-threshold.js';
export type { ImageSelection } from './diagnose/select-images.js';
export type { Guess, ReliabilityBin } from './metrics/reliability.js';
export type { MeanDeviation } from './metrics/mean-deviation.js';
export type { LoadWeightsOptions, WeightSource } from './models/load-weights.js';
export type { NamedTensor, NamedTensors } from './models/formats/named-tensor.js';
export type { SafetensorsFile } from './models/formats/safetensors/safetensors.js';
export type { RangeRule } from './patch/calibration-range.js';
export type { LearnedCalibration } from './patch/learned-calibration.js';
export type { PatchMetric } from './patch/patch-row.js';
export type { PatchMean } from './patch/patch-summary.js';
export type { PublishedOverhead } from './patch/published-overhead.js';
export type { HeadlineGains, PatchFigures, PublishedPatchRow } from './patch/published-results.js';
export type { GalleryMaps } from './simplify/by-eye/gallery-maps.js';
export type { SimilarKernel } from './simplify/by-eye/similar-kernels.js';
export type { ModelScores } from './simplify/model-scores.js';
export type { PooledActivations } from './simplify/pooled-activations.js';
export type { LayerCurve } from './split/cnnsplitter/layer-sensitivity.js';
export type { CompileOptions } from './surgery/passes/inference.js';
export type { ExtractOptions } from './surgery/modules/extract.js';
export type { KernelSelectionJson } from './surgery/trace/kernel-selection.js';
export type { PassOptions } from './surgery/passes/layer-tail.js';
export type { NodeNetworkOptions } from './surgery/nodes/node-network.js';
export type { FilledSelection } from './surgery/trace/trace.js';
export type { AdamOptions, OptimizerOptions, SgdOptions } from './training/optimizers.js';
export type { Schedule } from './training/schedule.js';
export type { GradientPath } from './treat/class-gradients.js';
export type { Aggregation, ChannelPenaltyOptions } from './treat/penalty.js';
export type { PublishedTreatment } from './treat/published-table.js';
export type { Constraint, TreatArm, TreatClassSummary, TreatOutcome } from './treat/treat-result.js';
export { firstLook, type FirstLook, type FirstLookOptions } from './training/first-look.js';
