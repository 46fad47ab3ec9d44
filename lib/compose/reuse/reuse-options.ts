import { createHash } from 'node:crypto';
import type { AdaptOptions } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { OptionError } from '../../errors.js';
import { weightsDigest } from '../../models/weights-digest.js';
import { seedStream } from '../../run/mt19937.js';
import type { RunOptions } from '../../run/options.js';
import { nodeMasks } from '../../surgery/nodes/module-margins.js';
import type { ModularNetwork } from './modular-network.js';
import type { ScratchRecipe } from './scratch-baseline.js';

/** Images of a data set: `train` to train baselines and to update modules on, `test` for the scores of a row. */
export interface ReuseImages {
  /** What tables call the data set. */
  readonly name: string;
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** What the experiments of reuse and replacement take. */
export interface ReuseOptions extends RunOptions, AdaptOptions {
  /** Trains a model from scratch for every row, to compare with; null (default) leaves that column out. */
  scratch?: ScratchRecipe | null;
  /**
   * File that every finished row is written to; the training in progress lies beside it. When it exists, the call goes on
   * behind its last row.
   */
  checkpoint?: string;
}

/** The classes to take: those named, or some by lot from the seed, in the order of `known`. @throws OptionError */
export function chooseClasses(
  known: readonly string[],
  wanted: readonly string[] | number,
  seed: number,
  purpose: string,
): string[] {
  if (typeof wanted === 'number') {
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > known.length) {
      throw new OptionError(`${purpose}: expected a number of classes from 1 to ${known.length}, got ${wanted}.`);
    }
    const drawn = seedStream(seed, purpose).permutation(known.length).slice(0, wanted);
    return Array.from(drawn.sort(), (c) => known[c]);
  }
  const odd = wanted.find((name, i) => !known.includes(name) || wanted.indexOf(name) !== i);
  if (odd !== undefined || wanted.length === 0) {
    throw new OptionError(`${purpose}: expected different classes of ${known.join(', ')}; got ${wanted.join(', ')}.`);
  }
  return [...wanted];
}

/** What the rows of an experiment depend on, as JSON. Functions cannot be compared: for a recipe see {@link scratchIdentity}. */
export function experimentFingerprint(
  experiment: string,
  networks: readonly ModularNetwork[],
  images: readonly ReuseImages[],
  options: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({
    experiment,
    networks: networks.map((network) => ({ name: network.name, modules: modulesDigest(network) })),
    images: images.map(({ name, train, test }) => ({ name, train: imageSetDigest(train), test: imageSetDigest(test) })),
    options,
  });
}

/**
 * What stands for a recipe in a fingerprint: its name and numbers, and the weights that its network begins with.
 * @param classes of every task of the experiment
 */
export function scratchIdentity(
  recipe: ScratchRecipe | null,
  classes: number,
  seed: number,
  { imageShape }: ImageSet,
): Readonly<Record<string, unknown>> | null {
  if (!recipe) return null;
  const { build, ...rest } = recipe;
  const model = build(classes, seed, imageShape);
  const start = weightsDigest(model);
  model.dispose();
  return { ...rest, start };
}

function modulesDigest({ modules }: ModularNetwork): string {
  const digest = createHash('sha256');
  for (const [name, module] of Object.entries(modules)) {
    digest
      .update(JSON.stringify([name, module.modelId]))
      .update(module.outW)
      .update(module.outB);
    for (const { layer, inactive } of nodeMasks(module)) digest.update(layer).update(inactive.bytes);
  }
  return digest.digest('hex');
}
