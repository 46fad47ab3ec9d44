import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { modelDigest } from '../../models/model-digest.js';
import { type Checkpoint, checkpointFile } from '../../run/checkpoint/checkpoint-file.js';
import type * as tf from '../../tf.js';
import type { FinishedImages } from './finished-images.js';
import type { AttackSettings } from './options.js';

/** Finished images, and what they took. */
interface State {
  readonly done: number;
  readonly passes: { forwards: number; gradients: number };
}

export const ATTACK_CHECKPOINT = checkpointFile<State>('attack', 2);

/** What must be the same for an attack to go on. */
export function attackFingerprint(
  settings: AttackSettings,
  seed: number,
  target: number | null,
  model: tf.LayersModel,
  set: ImageSet,
): string {
  return JSON.stringify({ settings, seed, target, weights: modelDigest(model), images: imageSetDigest(set) });
}

const COLUMNS = ['pixels', 'bytes', 'predictedBefore', 'predicted', 'predictedRounded', 'attacked'] as const;

/** Writes what is known of the finished images. */
export async function writeFinished(
  checkpoint: Checkpoint<State>,
  finished: FinishedImages,
  passes: State['passes'],
): Promise<void> {
  const { done, attacked } = finished;
  await checkpoint.write({ done, passes }, () =>
    Object.fromEntries(
      COLUMNS.map((name) => {
        const perImage = finished[name].length / attacked.length;
        const values = finished[name].subarray(0, done * perImage);
        return [name, [{ shape: [values.length], values }]];
      }),
    ),
  );
}

/** What an earlier call has finished; null where there is none. */
export function savedImages({ saved }: Checkpoint<State>): (FinishedImages & Pick<State, 'passes'>) | null {
  if (!saved) return null;
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, saved.arrays[name][0].values]));
  return { ...(columns as unknown as Pick<FinishedImages, (typeof COLUMNS)[number]>), ...saved.state };
}
