/** What every long call shares: seeds, progress, presets, manifests. */
export { showProgress } from './show-progress.js';
export { progressLine } from './progress-line.js';
export { ProgressMeter, type OnProgress, type ProgressEvent } from './progress.js';
export type { RunOptions } from './options.js';
export { presetFromEnvironment, seedFromEnvironment } from './preset.js';
export { runManifest, writeManifest, type RunManifest } from './manifest.js';
export { MT19937, seedStream } from './mt19937.js';
export type { Workers } from './worker-pool.js';
