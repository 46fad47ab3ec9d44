import fs from 'node:fs';
import path from 'node:path';
import { ensureBackend } from '../backend/ensure-backend.js';
import { cacheFolder } from '../datasets/files/data-folder.js';
import { DataError, OptionError } from '../errors.js';
import type { RunOptions } from '../run/options.js';
import type * as tf from '../tf.js';
import { fit } from '../training/fit.js';
import type { PatchData, WeakTask } from './patch-data.js';
import { type WeakNetwork } from './weak-kinds.js';
import { type WeakKind } from './weak-kinds.js';
import { readWeakModel, weakModelKey, writeWeakModel } from './weak-model-cache.js';
import { buildWeakNetwork, type WeakPreset, type WeakRecipe, weakRecipe } from './weak-recipe.js';

/** What {@link weakModel} can be told. */
export interface WeakModelOptions extends RunOptions {
  kind: WeakKind;
  network: WeakNetwork;
  /** Default 'laptop'. */
  preset?: WeakPreset;
  /** Replaces parts of the preset's recipe. */
  recipe?: Partial<Omit<WeakRecipe, 'kind' | 'network' | 'data' | 'size'>>;
  /** Folder of trained weak models; false trains anew and keeps nothing. Default data/cache/weak-models. */
  cache?: string | false;
  /** Gets the line that says why a cached model is trained again. Default: the console. */
  log?: (line: string) => void;
}

/** A trained weak model. The caller disposes `model`. */
export interface WeakModel {
  readonly model: tf.LayersModel;
  readonly recipe: WeakRecipe;
  readonly seed: number;
  /** Epoch whose weights the model has, 1 for the first. */
  readonly epoch: number;
  readonly fromCache: boolean;
}

/**
 * Trains one weak model of a study, or takes it from the cache, where the same recipe, seed and images have been trained
 * before. A training that was interrupted goes on from its last epoch; a cached model that is damaged is trained again.
 * @throws OptionError on an unknown kind, network or preset, or a recipe that makes no sense; InterruptedError on `signal`
 */
export async function weakModel(data: PatchData, task: WeakTask, options: WeakModelOptions): Promise<WeakModel> {
  await ensureBackend();
  const { kind, network, preset = 'laptop', seed = 0, log = console.log } = options;
  const target = data.targetClasses.indexOf(task.targetClass);
  const recipe = { ...weakRecipe(preset, { kind, network, data: task.data, target }), ...options.recipe };
  if (typeof recipe.take === 'number' && !(recipe.take >= 1 && recipe.take <= recipe.epochs)) {
    throw new OptionError(`weak model: expected take to be an epoch from 1 to ${recipe.epochs}, got ${recipe.take}.`);
  }
  const cache = options.cache ?? path.join(cacheFolder(), 'weak-models');
  if (cache === false) return { ...(await train(data, task, recipe, seed, options)), fromCache: false };

  const key = weakModelKey(recipe, seed, task);
  const folder = path.join(cache, key.digest);
  try {
    const cached = await readWeakModel(folder, key);
    if (cached) return { ...cached, recipe, seed, fromCache: true };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    log(`${error.message} It is trained again.`);
  }
  const checkpoint = path.join(folder, 'training.checkpoint');
  const trained = await train(data, task, recipe, seed, options, checkpoint).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    log(`${error.message} The training starts over.`);
    fs.rmSync(checkpoint, { force: true });
    return train(data, task, recipe, seed, options, checkpoint);
  });
  await writeWeakModel(folder, key, trained, task.classNames);
  fs.rmSync(checkpoint, { force: true });
  return { ...trained, fromCache: false };
}

async function train(
  data: PatchData,
  task: WeakTask,
  recipe: WeakRecipe,
  seed: number,
  options: WeakModelOptions,
  checkpoint?: string,
): Promise<Omit<WeakModel, 'fromCache'>> {
  const { kind, batchSize, learningRate, optimizer, augment } = recipe;
  const epochs =
    recipe.take === 'best'
      ? recipe.epochs
      : recipe.take === 'half'
        ? await halfOfBest(data, task, options)
        : recipe.take;
  const model = buildWeakNetwork(recipe, task.classNames.length, seed);
  try {
    const { epoch } = await fit(model, task.train, {
      epochs,
      batchSize,
      learningRate,
      optimizer,
      augment: augment && { ...augment },
      ...(recipe.take === 'best' ? { validation: task.validation, keep: 'best' as const } : {}),
      seed,
      checkpoint,
      onProgress: options.onProgress,
      signal: options.signal,
      task: `train the ${kind} ${recipe.network} for '${task.targetClass}'`,
    });
    return { model, epoch, recipe, seed };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Half of the best epoch of the longer run. An epoch does not depend on how many follow, so that a training which stops
 * there ends with the weights which the longer run had.
 */
async function halfOfBest(data: PatchData, task: WeakTask, options: WeakModelOptions): Promise<number> {
  const kind = options.kind === 'underfitting' ? 'overfitting' : options.kind;
  const longer = await weakModel(data, task, { ...options, kind, recipe: { ...options.recipe, take: 'best' } });
  longer.model.dispose();
  return Math.max(1, Math.floor(longer.epoch / 2));
}
