/** Figures, tables and pages. `plot.NAME` is the figure of what `NAME()` returns; other figures are named after what they show. */
export { frame, of, tableOf, type OneResult, type ResultRow, type ShownResult } from './of.js';
export { diagnose } from './figures/diagnosis/diagnose.js';
export { fit } from './figures/training/fit.js';
export { split } from './figures/split/split.js';
export { attackTable } from './tables/attack-table.js';
export { accuracyKernels, type MaskRun } from './figures/split/accuracy-kernels.js';
export { beforeAfter, type BeforeAfterOptions } from './figures/classes/before-after.js';
export { classGain, type ClassGainOptions } from './figures/classes/class-gain.js';
export { classMetrics, classMetrics as evaluate, type ClassMetricsOptions } from './figures/classes/class-metrics.js';
export { firstLook } from './figures/data/first-look.js';
export { imageGrid, type ImageGridOptions } from './figures/data/image-grid.js';
export { confusion } from './figures/classes/confusion.js';
export type { ShowOptions } from './figure/display.js';
export { Figure } from './figure/figure.js';
export type { FigureSpec, PublishedValue } from './figure/figure-spec.js';
export { keptKernels } from './figures/split/kept-kernels.js';
export { kernelClassMap } from './figures/diagnosis/kernel-class-map.js';
export { maskCurve, type MaskCurveOptions } from './figures/split/mask-curve.js';
export type { MetricName } from './parts/metric-panels.js';
export { chooseBestModules, type ChooseBestModulesFigureOptions } from './figures/reuse/choose-best-modules.js';
export { layerSensitivity } from './figures/split/layer-sensitivity.js';
export { searchComparison } from './figures/split/search-comparison.js';
export { searchCurve } from './figures/split/search-curve.js';
export { splitFront, type SplitFrontFigureOptions } from './figures/split/split-front.js';
export { splitFrontTable } from './tables/split-front-table.js';
export { reproducedRow } from './figures/reproduction/reproduced-row.js';
export { compareSplitters, splitterTable } from './figures/split/compare-splitters.js';
export type { FigureOptions, ThemeName } from './figure/theme.js';
export { trainingCurve } from './figures/training/training-curve.js';
export { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './tables/report-frame.js';
export type { Frame } from './tables/data-frame.js';
export type { Cell } from './tables/cell.js';
export { formatTable, table, Table, type SortDirection, type TableSource } from './tables/table.js';
export { diagnosisTable, historyTable, moduleNodesTable, simplifyTable, splitTable } from './tables/result-tables.js';
export { notebookToHtml, type NotebookCell, type NotebookFile, type NotebookOutput } from './figure/html-report.js';
export { patchSummary, type PatchSummaryFigureOptions } from './figures/patch/patch-summary.js';
export { patchExperiment, type PatchExperimentFigureOptions } from './figures/patch/patch-experiment.js';
export {
  patchFrame,
  patchOverheadTable,
  patchSummaryFrame,
  patchSummaryTable,
  patchTable,
} from './tables/patch-tables.js';
export { causalCheck } from './figures/diagnosis/causal-check.js';
export { classOverlap } from './figures/diagnosis/class-overlap.js';
export { heatMapPairs } from './figures/diagnosis/heat-map-pairs.js';
export { reliability } from './figures/diagnosis/reliability.js';
export { probe, type ProbeFigureOptions } from './figures/diagnosis/probe.js';
export { stress } from './figures/diagnosis/stress.js';
export { treat } from './figures/diagnosis/treat.js';
export { publishedTreatmentTable, treatmentClassTable, treatmentTable } from './tables/treatment-tables.js';
export { decompositionTable, publishedDecompositionTable, type DecompositionRow } from './tables/decompose-tables.js';
export { nodeMap } from './figures/nodes/node-map.js';
export { nodeMask, type NodeMaskOptions } from './figures/nodes/node-mask.js';
export { policyCurve, type PolicyPoint } from './figures/reuse/policy-curve.js';
export { costRatios } from './figures/reuse/cost-ratios.js';
export { replaceAcross, replaceWithin, reuseAcross, reuseWithin } from './figures/reuse/reuse-dots.js';
export {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './tables/reuse-tables.js';
export { simplify } from './figures/simplify/simplify.js';
export { compareArms, simplifyArmsTable } from './figures/simplify/compare-arms.js';
export { gallery, showGallery, type GalleryOptions } from './gallery/gallery.js';
