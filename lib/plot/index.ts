/** Figures, tables and pages. `plot.NAME` is the figure of what `NAME()` returns; other figures are named after what they show. */
export { frame, of, tableOf, type OneResult, type ResultRow, type ShownResult } from './of.js';
export { diagnose } from './figures/diagnosis/diagnose.js';
export { fit } from './figures/fit.js';
export { split } from './figures/split.js';
export { attackTable } from './tables/attack-table.js';
export { accuracyKernels, type MaskRun } from './figures/accuracy-kernels.js';
export { beforeAfter, type BeforeAfterOptions } from './figures/before-after.js';
export { classGain, type ClassGainOptions } from './figures/class-gain.js';
export { classMetrics, classMetrics as evaluate, type ClassMetricsOptions } from './figures/class-metrics.js';
export { firstLook } from './figures/first-look.js';
export { imageGrid, type ImageGridOptions } from './figures/image-grid.js';
export { confusion } from './figures/confusion.js';
export type { ShowOptions } from './figure/display.js';
export { Figure } from './figure/figure.js';
export type { FigureSpec, PublishedValue } from './figure/figure-spec.js';
export { keptKernels } from './figures/kept-kernels.js';
export { kernelClassMap } from './figures/diagnosis/kernel-class-map.js';
export { maskCurve, type MaskCurveOptions } from './figures/mask-curve.js';
export type { MetricName } from './parts/metric-panels.js';
export { chooseBestModules, type ChooseBestModulesFigureOptions } from './figures/choose-best-modules.js';
export { layerSensitivity } from './figures/layer-sensitivity.js';
export { searchComparison } from './figures/search-comparison.js';
export { searchCurve } from './figures/search-curve.js';
export { splitFront, type SplitFrontFigureOptions } from './figures/split-front.js';
export { splitFrontTable } from './tables/split-front-table.js';
export { compareSplitters, splitterTable } from './figures/compare-splitters.js';
export type { FigureOptions, ThemeName } from './figure/theme.js';
export { trainingCurve } from './figures/training-curve.js';
export { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './tables/report-frame.js';
export type { Frame } from './tables/data-frame.js';
export type { Cell } from './tables/cell.js';
export { formatTable, table, Table, type SortDirection, type TableSource } from './tables/table.js';
export { diagnosisTable, historyTable, moduleNodesTable, simplifyTable, splitTable } from './tables/result-tables.js';
export { notebookToHtml, type NotebookCell, type NotebookFile, type NotebookOutput } from './figure/html-report.js';
export { patchSummary, type PatchSummaryFigureOptions } from './figures/patch-summary.js';
export { patchExperiment, type PatchExperimentFigureOptions } from './figures/patch-experiment.js';
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
export { nodeMap } from './figures/node-map.js';
export { nodeMask, type NodeMaskOptions } from './figures/node-mask.js';
export { policyCurve, type PolicyPoint } from './figures/policy-curve.js';
export { costRatios } from './figures/cost-ratios.js';
export { replaceAcross, replaceWithin, reuseAcross, reuseWithin } from './figures/reuse-dots.js';
export {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './tables/reuse-tables.js';
export { simplify } from './figures/simplify.js';
export { compareArms, simplifyArmsTable } from './figures/compare-arms.js';
export { gallery, showGallery, type GalleryOptions } from './gallery/gallery.js';
