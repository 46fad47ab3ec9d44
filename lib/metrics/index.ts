/** What predictions are worth, class by class, and what calls cost. */
export { classReport, type ClassMetrics, type ClassReport } from './class-report.js';
export {
  costRatio,
  measureCost,
  sumCosts,
  type AssumedPower,
  type CostRatio,
  type CostReport,
  type MeasureCostOptions,
} from './measure-cost.js';
export { topKAccuracy } from './top-k.js';
export { balancedAccuracy, nonTargetAccuracy, weakestClass } from './summaries.js';
export {
  reliability,
  type CalibrationReport,
  type Reliability,
  type Guess,
  type ReliabilityBin,
} from './reliability.js';
export { taskScore, type TaskScore } from './task-score.js';
export type { MeanDeviation } from './mean-deviation.js';
