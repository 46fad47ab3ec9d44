/** Modules put to use in other networks: reuse, replacement, repair of a confused pair, and what each costs. */
export { moduleF1 } from './module-f1.js';
export { moduleAuc } from './module-auc.js';
export type { ChooseModulesOptions, ModuleWorth } from './module-worth.js';
export { calibrateModules, type CalibrateModulesOptions } from './calibrate-modules.js';
export { chooseBestModules, type ModuleChoice } from './reuse-best-modules.js';
export { binaryTask, chooseBinaryModules } from './reuse-binary-task.js';
export type { ModularNetwork } from './modular-network.js';
export type { ReuseImages, ReuseOptions } from './reuse-options.js';
export { loadReuseData, type ReuseData, type ReuseDataOptions } from './reuse-data.js';
export { updateModule, type UpdateOptions, type UpdateReading } from './continual-update.js';
export { scratchBaseline, type ScratchRecipe, type ScratchResult, type ScratchOptions } from './scratch-baseline.js';
export { reuseWithin, type ReuseWithinOptions, type ReuseWithinRow } from './reuse-within.js';
export {
  reuseAcross,
  type ReuseAcrossOptions,
  type ReuseAcrossRow,
  type ReuseSide,
  type UpdatedModules,
} from './reuse-across.js';
export {
  replaceWithin,
  type ReplaceWithin,
  type ReplaceWithinOptions,
  type ReplaceWithinRow,
} from './replace-within.js';
export { replaceAcross, type ReplaceAcrossOptions, type ReplaceAcrossRow } from './replace-across.js';
export {
  confusedPair,
  mostConfusedPair,
  pairImages,
  type ConfusedPair,
  type ConfusedPairOptions,
  type ConfusedPairRow,
} from './confused-pair.js';
export { costRatios, type CostRatios } from './cost-ratios.js';
export type { Effort } from './effort.js';
