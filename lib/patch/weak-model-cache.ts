import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { DataError } from '../errors.js';
import { loadModel } from '../models/load-model.js';
import { saveModel } from '../models/save-model.js';
import { type RunManifest, runManifest, writeManifest } from '../run/manifest.js';
import type * as tf from '../tf.js';
import type { WeakTask } from './patch-data.js';
import type { WeakRecipe } from './weak-recipe.js';

/** Goes up whenever the same recipe, seed and images give another model. */
const VERSION = 1;
const MANIFEST = 'weak-model.json';

/** What a cached weak model depends on, and its digest, which names its folder. */
export interface WeakModelKey {
  readonly digest: string;
  readonly about: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

interface Manifest extends RunManifest {
  readonly digest: string;
  readonly epoch: number;
  /** Of model.json and its weights. */
  readonly sha256: string;
}

export function weakModelKey(recipe: WeakRecipe, seed: number, task: WeakTask): WeakModelKey {
  const about = {
    version: VERSION,
    recipe,
    seed,
    train: imageSetDigest(task.train),
    validation: imageSetDigest(task.validation),
  };
  const digest = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 24);
  return { digest, about, seed };
}

/** Saves a trained model; the manifest comes last, so that a folder with one is complete. */
export async function writeWeakModel(
  folder: string,
  key: WeakModelKey,
  { model, epoch }: { model: tf.LayersModel; epoch: number },
  classNames: readonly string[],
): Promise<void> {
  const target = path.join(folder, MANIFEST);
  fs.rmSync(target, { force: true });
  const file = await saveModel(model, folder, { overwrite: true, classNames });
  const check = await loadModel(file);
  check.model.dispose();
  const manifest: Manifest = {
    ...runManifest({ task: 'weak model', seed: key.seed, options: key.about, data: {} }),
    digest: key.digest,
    epoch,
    sha256: check.source.sha256,
  };
  writeManifest(target, manifest);
}

/**
 * Loads what {@link writeWeakModel} wrote; null when there is nothing.
 * @throws DataError when something is there that is not whole
 */
export async function readWeakModel(
  folder: string,
  key: WeakModelKey,
): Promise<{ model: tf.LayersModel; epoch: number } | null> {
  const target = path.join(folder, MANIFEST);
  if (!fs.existsSync(target)) return null;
  try {
    const manifest = JSON.parse(fs.readFileSync(target, 'utf8')) as Partial<Manifest>;
    if (manifest.digest !== key.digest || !(Number(manifest.epoch) >= 1))
      throw new Error('its manifest is of another model');
    const { model, source } = await loadModel(path.join(folder, 'model.json'));
    if (source.sha256 !== manifest.sha256) {
      model.dispose();
      throw new Error('its weights are not those that were saved');
    }
    return { model, epoch: manifest.epoch! };
  } catch (cause) {
    throw new DataError(`${folder}: the cached weak model cannot be used (${(cause as Error).message}).`, { cause });
  }
}
