import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import type { Module } from './module.js';
import { openModules } from './open-modules.js';

/** How {@link moduleScores} goes about it. */
export interface ModuleScoresOptions {
  /** Images per forward pass. Default `IMAGES_PER_PASS`, 125. */
  readonly batchSize?: number;
  /** Called before every batch; throws to stop. */
  readonly check?: () => void;
}

/**
 * The one score of every module on every image, the modules as they are.
 * @returns [images · modules], image after image, each of its module's `scoreKind`
 */
export async function moduleScores(
  modules: readonly Module[],
  images: ImageSet,
  { batchSize = IMAGES_PER_PASS, check }: ModuleScoresOptions = {},
): Promise<Float32Array> {
  const opened = openModules(modules);
  const scores = new Float32Array(images.labels.length * modules.length);
  try {
    await passOver(images, { task: 'module scores', batchSize, check }, async ({ x, indices }) => {
      const y = opened.predict(x);
      const values = await y.data<'float32'>();
      y.dispose();
      indices.forEach((image, row) => {
        scores.set(values.subarray(row * modules.length, (row + 1) * modules.length), image * modules.length);
      });
    });
    return scores;
  } finally {
    opened.dispose();
  }
}

/**
 * Share of images whose own class has the highest score; of equals the first class wins.
 * @param scores [images · classes]
 */
export function accuracyOfScores(scores: Float32Array, labels: Int32Array, classes: number): number {
  let hits = 0;
  for (let image = 0; image < labels.length; image++) {
    const from = image * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[from + c] > scores[from + best]) best = c;
    if (best === labels[image]) hits++;
  }
  return hits / labels.length;
}
