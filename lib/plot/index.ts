export { accuracyKernels, type MaskRun } from './figures/accuracy-kernels.js';
export { beforeAfter, type BeforeAfterOptions } from './figures/before-after.js';
export { classGain, type ClassGainOptions } from './figures/class-gain.js';
export { classMetrics, type ClassMetricsOptions } from './figures/class-metrics.js';
export { opening } from './figures/opening.js';
export { imageGrid, type ImageGridOptions } from './figures/image-grid.js';
export { confusion } from './figures/confusion.js';
export type { ShowOptions } from './figure/display.js';
export { Figure } from './figure/figure.js';
export type { FigureSpec, PublishedValue } from './figure/figure-spec.js';
export { keptKernels } from './figures/kept-kernels.js';
export { kernelClassMap } from './figures/diagnosis/kernel-class-map.js';
export { maskCurve, type MaskCurveOptions } from './figures/mask-curve.js';
export type { MetricName } from './parts/metric-panels.js';
export { moduleF1Map, type ModuleF1MapOptions } from './figures/module-f1-map.js';
export { layerSensitivity } from './figures/layer-sensitivity.js';
export { searchComparison } from './figures/search-comparison.js';
export { searchCurve } from './figures/search-curve.js';
export { splitFront, type SplitFrontOptions } from './figures/split-front.js';
export { splitFrontTable } from './tables/split-front-table.js';
export { splitterComparison, splitterTable } from './figures/splitter-comparison.js';
export type { FigureOptions, ThemeName } from './figure/theme.js';
export { trainingCurve } from './figures/training-curve.js';
export { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './tables/report-frame.js';
export type { Frame } from './tables/data-frame.js';
export type { Cell } from './tables/cell.js';
export { formatTable, table, Table, type SortDirection, type TableSource } from './tables/table.js';
export {
  diagnosisTable,
  frame,
  historyTable,
  simplifyTable,
  splitTable,
  tableOf,
  type TabularResult,
} from './tables/result-tables.js';
export { notebookToHtml, type NotebookCell, type NotebookFile, type NotebookOutput } from './figure/html-report.js';
export { patchGains, type PatchGainsOptions } from './figures/patch-gains.js';
export { patchTargets, type PatchTargetsOptions } from './figures/patch-targets.js';
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
export { reliabilityCurve } from './figures/diagnosis/reliability-curve.js';
export { probeCurve, type ProbeCurveOptions } from './figures/diagnosis/probe-curve.js';
export { stressStrain } from './figures/diagnosis/stress-strain.js';
export { treatmentGain } from './figures/diagnosis/treatment-gain.js';
export { publishedTreatmentTable, treatmentClassTable, treatmentTable } from './tables/treatment-tables.js';
export { decompositionTable, publishedDecompositionTable, type DecompositionRow } from './tables/decompose-tables.js';
export { nodeMap } from './figures/node-map.js';
export { nodeMask, type NodeMaskOptions } from './figures/node-mask.js';
export { policyCurve, type PolicyPoint } from './figures/policy-curve.js';
export { costRatioBars } from './figures/cost-ratios.js';
export { replaceAcrossDots, replaceWithinDots, reuseAcrossDots, reuseWithinDots } from './figures/reuse-dots.js';
export {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './tables/reuse-tables.js';
export { simplifyStages } from './figures/simplify-stages.js';
export { simplifyArms, simplifyArmsTable } from './figures/simplify-arms.js';
export { gallery, showGallery, type GalleryOptions } from './gallery/gallery.js';
