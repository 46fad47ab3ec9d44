import type { ImageSet } from '../../../datasets/dataset.js';
import { imageSetDigest } from '../../../datasets/image-set-digest.js';
import { modelDigest } from '../../../models/model-digest.js';
import { checkpointFile } from '../../../run/checkpoint/checkpoint-file.js';
import type { Mt19937State } from '../../../run/mt19937.js';
import type { ScaleAndBias } from '../../../surgery/modules/scale-and-bias.js';
import type * as tf from '../../../tf.js';
import type { GenerationRecord } from '../../search-history.js';
import type { CnnSplitterSettings } from '../options.js';

/** A search between two generations. Chromosomes are strings of 0 and 1. */
export interface SearchState {
  readonly history: readonly GenerationRecord[];
  /** Per class the population of the generation that comes next. */
  readonly populations: readonly (readonly string[])[];
  /** Per class the elites that open this population and have been run on all images. */
  readonly elites: readonly (readonly string[])[];
  readonly accuracyWeight: number;
  /** Scale and bias of the classes' logits; null where they are taken as they come. */
  readonly calibration: ScaleAndBias | null;
  readonly champion: { readonly record: GenerationRecord; readonly chromosomes: readonly string[] } | null;
  readonly generators: readonly Mt19937State[];
}

export const SEARCH_CHECKPOINT = checkpointFile<SearchState>('search', 5);

/** What must be the same for a search to go on: settings, seed, images and the strong model's weights. */
export function searchFingerprint(
  settings: CnnSplitterSettings,
  seed: number,
  images: ImageSet,
  strong: tf.LayersModel,
  importanceImages: ImageSet | undefined,
): string {
  return JSON.stringify({
    settings,
    seed,
    images: imageSetDigest(images),
    ...(importanceImages && { importanceImages: imageSetDigest(importanceImages) }),
    model: modelDigest(strong),
  });
}
