import path from 'node:path';
import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, OptionError } from '../errors.js';
import { checkOption, FOLDER, listOf, SHARE, wholeNumber } from '../run/check-options.js';
import { checkpointFile } from '../run/checkpoint/checkpoint-file.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import { traceModel } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import { requireFittingImages, requireSets } from '../training/check-images.js';
import { type Arm, type ArmId, armOptions, ARMS } from './arms.js';
import type { CriterionId } from './criteria/index.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';
import { modelScores } from './model-scores.js';
import { resolveSimplifySettings, type SimplifyOptions } from './options.js';
import { simplify } from './simplify.js';
import { simplifyIdentity } from './simplify-checkpoint.js';
import type { SimplifyImages } from './simplify-images.js';

/** What {@link compareArms} can be told. */
export interface CompareArmsOptions
  extends Omit<RunOptions, 'seed'>, Pick<SimplifyOptions, 'preset' | 'layers' | 'imagesPerClass' | 'retrain'> {
  /** Default: all but 'replay', which needs `decisions`. */
  arms?: readonly ArmId[];
  /** Shares of the model's multiply-adds to keep. Default 0.75, 0.5, 0.25. */
  budgets?: readonly number[];
  /** Seeds of the retraining and of the lot. Default [0]. */
  seeds?: readonly number[];
  /** Criterion of the arms that have none of their own. Default the preset's. */
  criterion?: CriterionId | RelevanceCriterion;
  /** What the arm 'replay' keeps, at whatever size that has; its row has no budget. */
  decisions?: KernelChoice;
  /** Folder that finished rows and the run under way are kept in; a later call with the same inputs goes on from there. */
  checkpoint?: string;
}

/** One simplified model, measured on test images. Plain data. */
export interface ArmRow {
  readonly kind: 'armRow';
  readonly arm: ArmId;
  readonly label: string;
  readonly role: Arm['role'];
  /** Share of multiply-adds asked for; null for arms whose size is not chosen. */
  readonly budget: number | null;
  readonly seed: number;
  /** 0–1, on the test images. */
  readonly accuracy: number;
  readonly kappa: number;
  /** Shares of the original model's. */
  readonly macsKept: number;
  readonly parametersKept: number;
  /** Epochs of retraining, each over all training images. */
  readonly epochs: number;
  /** Wall time of the simplification, in seconds. */
  readonly seconds: number;
}

/** A row, null while its simplification is under way. */
const ROW = checkpointFile<ArmRow | null>('comparison row', 2);

/**
 * Simplifies one model in several ways to the same sizes, and measures all of them on test images that neither criterion
 * nor retraining saw (spec progressive §5).
 * @returns a row per arm, budget and seed, in that order; one row for 'none', one per seed for 'replay'
 * @throws OptionError on an unknown arm, or 'replay' without decisions; InterruptedError on `signal`
 * @example
 * const rows = await compareArms(strong, { train, validation, test }, {
 *   ...{ arms: ['none', 'progressive'], criterion: 'weightL1', budgets: [0.5], seeds: [1], preset: 'smoke' },
 * });
 * plot.compareArms(rows).show();
 */
export async function compareArms(
  model: tf.LayersModel,
  images: SimplifyImages & { readonly test: ImageSet },
  options: CompareArmsOptions = {},
): Promise<ArmRow[]> {
  await ensureBackend();
  const { budgets = [0.75, 0.5, 0.25], seeds = [0], decisions, preset, layers, imagesPerClass } = options;
  const { onProgress, signal, checkpoint: folder } = options;
  checkOption('budgets', budgets, listOf(SHARE));
  checkOption('seeds', seeds, listOf(wholeNumber(0)));
  if (folder !== undefined) checkOption('checkpoint', folder, FOLDER);
  const wanted = options.arms ?? ARMS.map(({ id }) => id).filter((id) => id !== 'replay' || decisions);
  const arms = wanted.map((id) => {
    const arm = ARMS.find((candidate) => candidate.id === id);
    if (!arm || (id === 'replay' && !decisions)) {
      throw new OptionError(
        `arms: expected some of ${ARMS.map((known) => known.id).join(', ')} ('replay' with decisions), got '${id}'.`,
      );
    }
    return arm;
  });
  if (arms.length === 0) throw new OptionError('arms: expected at least one, got none.');
  requireSets('compareArms', images, ['train', 'validation', 'test']);
  requireFittingImages('compareArms, test', model, images.test);
  const given = Object.entries({ preset, layers, imagesPerClass }).filter(([, value]) => value !== undefined);
  const settings = resolveSimplifySettings({ ...Object.fromEntries(given), retrain: options.retrain });
  const criterion = options.criterion ?? (settings.criterion as CriterionId);
  const stages = traceModel(model).groups.filter(
    (group) => !group.protected && (settings.layers === null || group.layers.some((n) => settings.layers!.includes(n))),
  ).length;

  const tasks = arms.flatMap((arm): ArmTask[] => {
    if (arm.id === 'none') return [{ arm, budget: null, seed: seeds[0] }];
    if (arm.id === 'replay') return seeds.map((seed) => ({ arm, budget: null, seed }));
    return budgets.flatMap((budget) => seeds.map((seed) => ({ arm, budget, seed })));
  });
  const stopped = interruption(signal);
  const meter = new ProgressMeter(onProgress, 'compare arms', tasks.length, 'models');
  const before = await modelScores(model, images.test);
  const rows: ArmRow[] = [];
  for (const { arm, budget, seed } of tasks) {
    if (stopped()) {
      throw new InterruptedError(`The comparison stopped after ${rows.length} of ${tasks.length} models.`);
    }
    const about = { kind: 'armRow', arm: arm.id, label: arm.label, role: arm.role, budget, seed } as const;
    if (arm.id === 'none') {
      const { accuracy, kappa } = before;
      rows.push({ ...about, accuracy, kappa, macsKept: 1, parametersKept: 1, epochs: 0, seconds: 0 });
      meter.update(rows.length);
      continue;
    }
    const own: SimplifyOptions = {
      ...settings,
      ...armOptions(arm, criterion, decisions, settings.retrain.epochs, stages),
      ...(budget !== null && { stop: { kind: 'budget', of: 'macs', keep: budget } as const }),
    };
    own.retrain = { ...settings.retrain, ...own.retrain };
    const file = folder && path.join(folder, `${arm.id}-${budget ?? 'own'}-${seed}.checkpoint`);
    const checkpoint = ROW.open(file, () =>
      JSON.stringify({
        simplification: simplifyIdentity(resolveSimplifySettings(own), seed, model, images),
        test: imageSetDigest(images.test),
      }),
    );
    const saved = checkpoint.saved?.state;
    if (saved) {
      rows.push(saved);
      meter.update(rows.length);
      continue;
    }
    if (!checkpoint.saved) await checkpoint.write(null); // the simplification's state is bound to it
    const startedAt = performance.now();
    const inner = { onProgress: meter.inner, signal, checkpoint: checkpoint.inner('simplification') };
    const result = await simplify(model, images, { ...own, seed, ...inner });
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await modelScores(result.model, images.test);
    result.model.dispose();
    const retrainings =
      own.retrain.when === 'atEnd' ? 1 : result.stages.reduce((sum, stage) => sum + stage.retrainings, 0);
    const row: ArmRow = {
      ...about,
      accuracy: after.accuracy,
      kappa: after.kappa,
      macsKept: after.macs / before.macs,
      parametersKept: after.parameters / before.parameters,
      epochs: retrainings * own.retrain.epochs!,
      seconds,
    };
    await checkpoint.write(row);
    rows.push(row);
    meter.update(
      rows.length,
      `${arm.id} at ${budget === null ? 'its own size' : `${(100 * budget).toFixed(0)} %`}: ${(100 * after.accuracy).toFixed(1)} %`,
    );
  }
  return rows;
}

interface ArmTask {
  readonly arm: Arm;
  readonly budget: number | null;
  readonly seed: number;
}
