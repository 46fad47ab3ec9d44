import type { ImageSet } from '../../datasets/dataset.js';
import { seedStream } from '../../run/mt19937.js';
import type { OnProgress } from '../../run/progress.js';
import { gradientImportance } from '../../surgery/passes/gradient-importance.js';
import { kernelImportance } from '../../surgery/passes/kernel-importance.js';
import type { ModelTrace } from '../../surgery/trace/trace.js';
import type * as tf from '../../tf.js';
import type { CnnSplitterSettings } from './options.js';

/** Group id → per class the importance of the group's units. */
export type KernelScores = Readonly<Record<string, readonly Float32Array[]>>;

export interface KernelScoreOptions {
  readonly importance: CnnSplitterSettings['importance'];
  /** Of the draw, by 'random'. */
  readonly seed?: number;
  /** Of images, by 'gradient'. */
  readonly weighting: 'even' | 'uncertain';
  readonly minConfidence: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Importance of every kernel for every class, by the measure that is asked for; equal for all by 'identity'. */
export async function kernelScores(
  strong: tf.LayersModel,
  trace: ModelTrace,
  images: ImageSet,
  { importance, seed = 0, ...options }: KernelScoreOptions,
): Promise<KernelScores> {
  if (importance === 'identity') {
    return Object.fromEntries(
      trace.groups.map(({ id, units }) => [id, images.classNames.map(() => new Float32Array(units.length).fill(1))]),
    );
  }
  if (importance === 'random') {
    const draw = images.classNames.map((name) => seedStream(seed, `cnnsplitter/random-importance/${name}`));
    return Object.fromEntries(
      trace.groups.map(({ id, units }) => [id, draw.map((rng) => Float32Array.from(units, () => rng.nextDouble()))]),
    );
  }
  if (importance === 'gradient') return (await gradientImportance(strong, images, options)).byGroup;
  return (await kernelImportance(strong, trace, images, { ...options, readout: importance })).byGroup;
}
