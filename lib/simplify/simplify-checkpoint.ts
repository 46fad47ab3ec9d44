import type * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { modelDigest } from '../models/model-digest.js';
import type { KernelSelectionJson } from '../surgery/trace/kernel-selection.js';
import { readStateFile, writeStateFile, type StateHeader } from '../training/state-file.js';
import type { SimplifySettings } from './options.js';
import type { StageRecord } from './stage-record.js';

const FORMAT = 'modulab simplify checkpoint 1';

interface Header extends StateHeader {
  readonly stages: readonly StageRecord[];
  readonly selection: KernelSelectionJson;
}

/** A run between two layers. */
export interface SavedSimplification {
  readonly stages: readonly StageRecord[];
  readonly selection: KernelSelectionJson;
  readonly weights: tf.Tensor[];
}

/** What must be the same for a run to go on: settings, seed, images and the model's weights. */
export function simplifyFingerprint(
  settings: SimplifySettings,
  seed: number,
  model: tf.LayersModel,
  images: { readonly train: ImageSet; readonly validation: ImageSet },
): string {
  const { criterion } = settings;
  return JSON.stringify({
    settings: { ...settings, criterion: typeof criterion === 'string' ? criterion : criterion.id },
    seed,
    train: imageSetDigest(images.train),
    validation: imageSetDigest(images.validation),
    model: modelDigest(model),
  });
}

export async function writeSimplification(
  file: string,
  fingerprint: string,
  model: tf.LayersModel,
  stages: readonly StageRecord[],
  selection: KernelSelectionJson,
): Promise<void> {
  const header: Header = { format: FORMAT, fingerprint, stages, selection };
  await writeStateFile(file, header, { weights: model.getWeights() });
}

/**
 * Reads a run's state; null when the file is not there.
 * @throws DataError when the file is no such checkpoint or cut short; OptionError when it belongs to another run
 */
export async function readSimplification(file: string, fingerprint: string): Promise<SavedSimplification | null> {
  const saved = await readStateFile<Header>(file, { format: FORMAT, fingerprint }, 'simplification');
  if (!saved) return null;
  const { stages, selection } = saved.header;
  return { stages, selection, weights: saved.parts.weights };
}
