import { ensureBackend } from '../../backend/ensure-backend.js';
import type { Precision } from '../../backend/inference-plan.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import type { KernelExtractor } from './extract.js';

/** A module to be run: what it keeps of the strong model, and the logit that counts. */
export interface ModuleToRun {
  readonly selection: KernelSelection;
  /** Column of the strong model's output. */
  readonly classIndex: number;
}

/**
 * Weights of modules that are in memory together; more of them share more maps. Plans hold them once more, reordered, and up
 * to four times as large.
 */
const WEIGHT_BYTES = 64 * 2 ** 20;

/**
 * Runs modules of one strong model over some images. Modules that follow each other with the same first layers share
 * these layers' maps.
 *
 * Every pass has `batchSize` images, the last one filled up with its first image again: backends may round differently
 * for another number of images, and the logits of an image must not depend on the others that it is asked for with.
 * @param order numbers of the images
 * @param precision what convolutions multiply, see `CompileOptions`
 * @param check called before every batch; throws to stop
 * @returns per module its own class's logit on every image, in the order given
 */
export async function moduleLogits(
  extractor: KernelExtractor,
  images: ImageSet,
  modules: readonly ModuleToRun[],
  order: Int32Array,
  batchSize: number,
  precision: Precision,
  check: () => void = () => undefined,
): Promise<Float32Array[]> {
  await ensureBackend();
  const results = modules.map(() => new Float32Array(order.length));
  const full = Math.ceil(order.length / batchSize) * batchSize;
  const filled = Int32Array.from({ length: full }, (_, i) => order[i < order.length ? i : full - batchSize]);
  const options = { maxWeightBytes: WEIGHT_BYTES, precision };
  for (let first = 0; first < modules.length;) {
    const rest = modules.slice(first).map(({ selection }) => selection);
    const forest = extractor.compileForest(rest, options);
    try {
      await passOver(images, { task: 'module logits', batchSize, order: filled, check }, async ({ x }, done) => {
        const rows = Math.min(batchSize, order.length - done);
        const outputs = forest.predict(x);
        try {
          for (const [i, output] of outputs.entries()) {
            const values = await output.data();
            const { classIndex } = modules[first + i];
            const classes = output.shape[1];
            for (let row = 0; row < rows; row++) {
              results[first + i][done + row] = values[row * classes + classIndex];
            }
          }
        } finally {
          outputs.forEach((output) => output.dispose());
        }
      });
    } finally {
      forest.dispose();
    }
    first += forest.selections;
  }
  return results;
}
