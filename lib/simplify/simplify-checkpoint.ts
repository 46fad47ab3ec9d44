import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { modelDigest } from '../models/model-digest.js';
import { checkpointFile } from '../run/checkpoint/checkpoint-file.js';
import type { KernelSelectionJson } from '../surgery/trace/kernel-selection.js';
import type * as tf from '../tf.js';
import type { SimplifySettings } from './options.js';
import type { StageRecord } from './stage-record.js';

/** A run between two layers; its arrays are the `weights` of the model as it is then. */
export interface SimplifyState {
  readonly stages: readonly StageRecord[];
  readonly selection: KernelSelectionJson;
}

export const SIMPLIFY_CHECKPOINT = checkpointFile<SimplifyState>('simplification', 2);

/** What must be the same for a run to go on: settings, seed, images and the model's weights. */
export function simplifyIdentity(
  settings: SimplifySettings,
  seed: number,
  model: tf.LayersModel,
  images: { readonly train: ImageSet; readonly validation: ImageSet },
): Readonly<Record<string, unknown>> {
  const { criterion } = settings;
  return {
    settings: { ...settings, criterion: typeof criterion === 'string' ? criterion : criterion.id },
    seed,
    train: imageSetDigest(images.train),
    validation: imageSetDigest(images.validation),
    model: modelDigest(model),
  };
}
