import { setImmediate as turn } from 'node:timers/promises';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import type { KernelExtractor } from './extract.js';
import type { KernelSelection } from './kernel-selection.js';

/** A module to be run: what it keeps of the strong model, and the logit that counts. */
export interface ModuleToRun {
  readonly selection: KernelSelection;
  /** Column of the strong model's output. */
  readonly classIndex: number;
}

/** Images `from` ≤ number < `to` of a set. */
export interface ImageRange {
  readonly from: number;
  readonly to: number;
}

/** Weights of modules that are in memory together; more of them share more maps. */
const WEIGHT_BYTES = 128 * 2 ** 20;

/**
 * Runs modules of one strong model over a stretch of images. Modules that follow each other with the same first layers
 * share these layers' maps.
 * @param check called before every batch; throws to stop
 * @returns per module its own class's logit on every image of the range
 */
export async function moduleLogits(
  extractor: KernelExtractor,
  images: ImageSet,
  modules: readonly ModuleToRun[],
  { from, to }: ImageRange,
  batchSize: number,
  check: () => void = () => undefined,
): Promise<Float32Array[]> {
  const results = modules.map(() => new Float32Array(to - from));
  const order = Int32Array.from({ length: to - from }, (_, i) => from + i);
  for (let first = 0; first < modules.length;) {
    const rest = modules.slice(first).map(({ selection }) => selection);
    const forest = extractor.compileForest(rest, WEIGHT_BYTES);
    try {
      let done = 0;
      for (const { x, labels } of batches(images, { batchSize, order })) {
        let outputs: ReturnType<typeof forest.predict> = [];
        try {
          check();
          outputs = forest.predict(x);
          for (const [i, output] of outputs.entries()) {
            const values = await output.data();
            const { classIndex } = modules[first + i];
            const classes = output.shape[1];
            for (let row = 0; row < labels.length; row++) {
              results[first + i][done + row] = values[row * classes + classIndex];
            }
          }
        } finally {
          x.dispose();
          outputs.forEach((output) => output.dispose());
        }
        done += labels.length;
        await turn(); // lets output, interrupts and other work through
      }
    } finally {
      forest.dispose();
    }
    first += forest.selections;
  }
  return results;
}
