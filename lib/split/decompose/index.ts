/** The splitter of Pan & Rajan: concern identification, and the modules that can be cut out of what it observed. */
export type { DecomposeResult } from './decompose.js';
export { cutDecomposed, type CutModules, type ModuleNodes } from './cut-modules.js';
export type { ClassActivity, ObservedClass } from './class-activity.js';
export { DECOMPOSE_PRESETS, type CutSettings, type DecomposeOptions, type DecomposeSettings } from './options.js';
