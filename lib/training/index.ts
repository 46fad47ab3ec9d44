/** Training, and running a model over images. */
export { fit, type FitResult } from './fit.js';
export type { FitOptions } from './fit-options.js';
export { evaluate, predictScores, type EvaluateOptions } from './evaluate.js';
export { firstLook, type FirstLook, type FirstLookOptions } from './first-look.js';
export type { EpochRecord, TrainingHistory } from './history.js';
export type { AdamOptions, OptimizerOptions, SgdOptions } from './optimizers.js';
export type { Schedule } from './schedule.js';
