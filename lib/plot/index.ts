export { accuracyKernels, type MaskRun } from './accuracy-kernels.js';
export { beforeAfter, type BeforeAfterOptions } from './before-after.js';
export { classGain, type ClassGainOptions } from './class-gain.js';
export { classMetrics, type ClassMetricsOptions } from './class-metrics.js';
export { imageGrid, type ImageGridOptions } from './image-grid.js';
export { confusion } from './confusion.js';
export type { ShowOptions } from './display.js';
export { Figure } from './figure.js';
export type { FigureSpec, PublishedValue } from './figure-spec.js';
export { kernelClassMap } from './kernel-class-map.js';
export { maskCurve, type MaskCurveOptions } from './mask-curve.js';
export type { MetricName } from './metric-panels.js';
export { moduleF1Map, type ModuleF1MapOptions } from './module-f1-map.js';
export { layerSensitivity } from './layer-sensitivity.js';
export { searchComparison } from './search-comparison.js';
export { searchCurve } from './search-curve.js';
export { splitterComparison, splitterTable } from './splitter-comparison.js';
export type { FigureOptions, ThemeName } from './theme.js';
export { trainingCurve } from './training-curve.js';
export { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './report-frame.js';
export type { Frame } from './data-frame.js';
export type { Cell } from './cell.js';
export { formatTable, table, Table, type SortDirection, type TableSource } from './table.js';
export {
  diagnosisTable,
  frame,
  historyTable,
  simplifyTable,
  splitTable,
  tableOf,
  type TabularResult,
} from './result-tables.js';
export { notebookToHtml, type NotebookCell, type NotebookFile, type NotebookOutput } from './html-report.js';
export { patchGains, type PatchGainsOptions } from './patch-gains.js';
export { patchTargets, type PatchTargetsOptions } from './patch-targets.js';
export { patchFrame, patchOverheadTable, patchSummaryFrame, patchSummaryTable, patchTable } from './patch-tables.js';
export { causalCheck } from './causal-check.js';
export { classOverlap } from './class-overlap.js';
export { heatMapPairs } from './heat-map-pairs.js';
export { reliabilityCurve } from './reliability-curve.js';
export { probeCurve, type ProbeCurveOptions } from './probe-curve.js';
export { stressStrain } from './stress-strain.js';
export { treatmentGain } from './treatment-gain.js';
export { publishedTreatmentTable, treatmentClassTable, treatmentTable } from './treatment-tables.js';
export { decompositionTable, publishedDecompositionTable, type DecompositionRow } from './decompose-tables.js';
export { nodeMap } from './node-map.js';
export { nodeMask, type NodeMaskOptions } from './node-mask.js';
export { policyCurve, type PolicyPoint } from './policy-curve.js';
export { costRatioBars } from './cost-ratios.js';
export { replaceAcrossDots, replaceWithinDots, reuseAcrossDots, reuseWithinDots } from './reuse-dots.js';
export {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './reuse-tables.js';
export { simplifyStages } from './simplify-stages.js';
export { simplifyArms, simplifyArmsTable } from './simplify-arms.js';
export { gallery, showGallery, type GalleryOptions } from './gallery.js';
