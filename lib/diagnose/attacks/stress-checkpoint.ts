import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { modelDigest } from '../../models/model-digest.js';
import { checkpointFile } from '../../run/checkpoint/checkpoint-file.js';
import type * as tf from '../../tf.js';

/** What one attack on one model has shown. */
export interface StressCell {
  /** Accuracy before the attack. */
  readonly clean: number;
  /** Per strength, positions of the images that the model is still right about. */
  readonly levels: number[][];
}

/** The finished attacks of a stress measurement. */
export interface StressCells {
  /** The cell of that name, computed where it is not known yet; `part` is for the finished images of its attack. */
  get: (name: string, compute: (part: string | undefined) => Promise<StressCell>) => Promise<StressCell>;
}

/** Finished cells by their name. */
const STRESS_CHECKPOINT = checkpointFile<Record<string, StressCell>>('stress', 2);

/**
 * Finished cells in a file; without one they are only computed.
 * @param options all that the result depends on, beside models and images
 * @throws DataError, OptionError and StorageError as `CheckpointFormat.open`
 */
export async function openStressCheckpoint(
  file: string | undefined,
  options: unknown,
  opened: readonly { model: tf.LayersModel; images: ImageSet }[],
): Promise<StressCells> {
  const checkpoint = STRESS_CHECKPOINT.open(file, () => {
    const about = opened.map(({ model, images }) => [modelDigest(model), imageSetDigest(images)]);
    return JSON.stringify({ options, about });
  });
  const cells = { ...checkpoint.saved?.state };
  if (!checkpoint.saved) await checkpoint.write(cells); // from here on, the attack under way is one of this measurement
  return {
    get: async (name, compute) => {
      if (Object.hasOwn(cells, name)) return cells[name];
      cells[name] = await compute(checkpoint.inner(name));
      await checkpoint.write(cells);
      return cells[name];
    },
  };
}
