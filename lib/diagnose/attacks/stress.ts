import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet, Normalisation } from '../../datasets/dataset.js';
import { subset } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import { ProgressMeter } from '../../run/progress.js';
import * as tf from '../../tf.js';
import { attack } from './attack.js';
import {
  type AttackMethod,
  type AttackOptions,
  type AttackRunOptions,
  type AttackSettings,
  attackSettings,
  type Norm,
} from './options.js';
import type { AttackResult } from './result.js';
import { openStressCheckpoint } from './stress-checkpoint.js';

/** A method without its budget. */
export type WithoutBudget<Method> = Method extends unknown ? Omit<Method, 'budget'> : never;

/** What {@link stress} can be told: an attack without its budget, the budgets, and how to run it. */
export type StressOptions = WithoutBudget<AttackMethod> &
  AttackRunOptions & {
    /** Growing strengths above 0, in input units (pixel values 0–1) unless `units` says otherwise. */
    budgets: readonly number[];
    /** Whether random noise of the same sizes is measured as well. Default true. */
    control?: boolean;
  };

/** A model, or one that reads its images in another way than the set says. */
export type StressModel = tf.LayersModel | { model: tf.LayersModel; normalisation?: Normalisation | null };

/** Accuracy of one model at every strength of the attack. */
export interface StressCurve {
  readonly model: string;
  /** Per strength, 0 first: share of all images that the model is right about, 0–1. */
  readonly accuracy: readonly number[];
  /** The same under noise; null where it was not asked for. */
  readonly noiseAccuracy: readonly number[] | null;
}

/** Accuracy against strength of an attack ("stress–strain"). Plain data. */
export interface StressResult {
  readonly kind: 'stressResult';
  /** The attack's settings; the budget is that of the largest strength, or null where the attack looks for the smallest. */
  readonly settings: AttackSettings;
  readonly norm: Norm;
  readonly units: 'input' | 'normalised';
  readonly seed: number;
  readonly target: string | number | null;
  readonly images: number;
  /** 0 and the strengths asked for. */
  readonly budgets: readonly number[];
  readonly curves: readonly StressCurve[];
}

/**
 * Stress–strain: how the accuracy of one or several models falls with the strength of an attack on the same images (spec
 * related C1). DeepFool and C&W look for the smallest perturbation of every image once, and an image counts as lost from its
 * size on. PGD is run anew for every strength on the images that are left, since what is found within a smaller budget lies
 * within every larger one; it stops an image at its first success unless `stopEarly` says otherwise.
 * @param models by the names that the figure shall show
 * @throws as `attack` does, and OptionError without models or growing strengths
 * @example
 * const curves = await stress({ strong, weak }, test, { method: 'fgsm', budgets: [2 / 255, 8 / 255], seed: 1 });
 * plot.stress(curves).show();
 */
export async function stress(
  models: Readonly<Record<string, StressModel>>,
  set: ImageSet,
  options: StressOptions,
): Promise<StressResult> {
  await ensureBackend();
  if (typeof models !== 'object' || (models as object | null) === null) {
    throw new OptionError(`stress, models: expected models by their names, such as { strong }, got ${typeof models}.`);
  }
  const given = (options as Partial<StressOptions> | undefined)?.budgets;
  if (!Array.isArray(given)) throw new OptionError(`budgets: expected growing numbers above 0, got ${String(given)}.`);
  const { budgets, control = true, onProgress, checkpoint, task = `stress (${options.method})`, ...method } = options;
  const { signal, ...repeatable } = method;
  const names = Object.keys(models);
  if (names.length === 0) throw new OptionError('stress: expected at least one model, got none.');
  if (budgets.length === 0 || budgets.some((b, i) => !(b > (budgets[i - 1] ?? 0) && b < Infinity))) {
    throw new OptionError(`budgets: expected growing numbers above 0, got ${JSON.stringify(budgets)}.`);
  }
  const attacks = attackRuns(method, budgets);
  const strongest = attacks[attacks.length - 1].settings;
  const { norm } = strongest;
  const units = 'units' in strongest ? strongest.units : 'input';
  const controls: Run[] =
    control && strongest.method !== 'noise'
      ? budgets.map((budget) => run(`noise ${budget}`, { method: 'noise', norm, units, budget }, [null]))
      : [];
  const opened = names.map((name) => withImages(models[name], set));
  const cells = await openStressCheckpoint(checkpoint, { ...repeatable, budgets }, opened);
  const images = set.labels.length;
  const everyImage = Array.from(set.labels.keys());
  const total = names.length * (attacks.length + controls.length) * images;
  const meter = new ProgressMeter(onProgress, task, total, 'images');
  let done = 0;

  const curve = async (m: number, runs: readonly Run[]): Promise<number[]> => {
    const { model, images: own } = opened[m];
    const accuracy: number[] = [];
    let left = everyImage;
    for (const { key, options: which, settings, judged } of runs) {
      const { clean, levels } = await cells.get(`${names[m]}: ${key}`, async (part) => {
        if (left.length === 0) return { clean: 0, levels: judged.map(() => []) };
        const result = await attack(model, subset(own, left), {
          ...which,
          seed: method.seed,
          batchSize: method.batchSize,
          signal,
          checkpoint: part,
          onProgress: (event) => meter.update(Math.min(done + event.done, total - 1)),
        });
        const levels = judged.map((budget) => stillRight(result, budget, norm).map((i) => left[i]));
        return { clean: result.cleanAccuracy, levels };
      });
      if (accuracy.length === 0) accuracy.push(clean);
      accuracy.push(...levels.map((level) => level.length / images));
      if (settings.method === 'pgd') left = levels[0];
      meter.update((done += images));
    }
    return accuracy;
  };
  const curves: StressCurve[] = [];
  for (const [m, model] of names.entries()) {
    const accuracy = await curve(m, attacks);
    curves.push({ model, accuracy, noiseAccuracy: controls.length > 0 ? await curve(m, controls) : null });
  }
  return {
    kind: 'stressResult',
    settings: strongest,
    norm,
    units,
    seed: method.seed ?? 0,
    target: method.target ?? null,
    images,
    budgets: [0, ...budgets],
    curves,
  };
}

/** One attack, and the strengths that its result is judged at; null: the one that it kept. */
interface Run {
  readonly key: string;
  readonly options: AttackOptions;
  readonly settings: AttackSettings;
  readonly judged: readonly (number | null)[];
}

function run(key: string, options: AttackOptions, judged: Run['judged']): Run {
  return { key, options, settings: attackSettings(options), judged };
}

function attackRuns(method: WithoutBudget<AttackMethod>, budgets: readonly number[]): Run[] {
  const at = (budget?: number) => ({ stopEarly: true, ...method, budget }) as AttackOptions;
  if (method.method === 'deepfool' || method.method === 'cw') return [run('smallest', at(), budgets)];
  return budgets.map((budget) => run(`budget ${budget}`, at(budget), [null]));
}

/** Positions of the images that the model is still right about when no perturbation is larger than the budget. */
function stillRight(result: AttackResult, budget: number | null, norm: Norm): number[] {
  const { images, attacked, predicted, predictedBefore } = result;
  return Array.from(images.labels.keys()).filter((i) => {
    const reached = attacked[i] === 1 && (budget === null || result[norm][i] <= Math.fround(budget));
    return (reached ? predicted[i] : predictedBefore[i]) === images.labels[i];
  });
}

function withImages(entry: StressModel, set: ImageSet): { model: tf.LayersModel; images: ImageSet } {
  if (entry instanceof tf.LayersModel) return { model: entry, images: set };
  return { model: entry.model, images: entry.normalisation ? { ...set, normalisation: entry.normalisation } : set };
}
