import fs from 'node:fs';
import * as tf from '../../tf.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { DataError, OptionError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import type { Mt19937State } from '../../run/mt19937.js';
import type { ScaleAndBias } from '../../surgery/modules/scale-and-bias.js';
import { writeFileAtomically } from '../../run/write-file.js';
import type { GenerationRecord } from '../search-history.js';
import type { CnnSplitterSettings } from './options.js';

const FORMAT = 'modulab cnnsplitter checkpoint 3';

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

interface CheckpointJson {
  readonly format?: string;
  readonly fingerprint?: string;
  readonly state?: SearchState;
}

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

export function writeSearchState(file: string, fingerprint: string, state: SearchState): void {
  writeFileAtomically(file, JSON.stringify({ format: FORMAT, fingerprint, state }));
}

/**
 * Reads a search's state; null when the file is not there.
 * @throws DataError when the file is no such checkpoint; OptionError when it belongs to another search
 */
export function readSearchState(file: string, fingerprint: string): SearchState | null {
  if (!fs.existsSync(file)) return null;
  let saved: CheckpointJson | null = null;
  try {
    saved = JSON.parse(fs.readFileSync(file, 'utf8')) as CheckpointJson | null;
  } catch {
    /* reported below */
  }
  if (saved?.format !== FORMAT || !saved.state) {
    throw new DataError(`checkpoint: '${file}' is not a search checkpoint. Name another file; it is left as it is.`);
  }
  if (saved.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to a search with other settings, images or weights. Name another file, or delete ` +
        `it to start afresh.\n  there: ${saved.fingerprint}\n  now:   ${fingerprint}`,
    );
  }
  return saved.state;
}
