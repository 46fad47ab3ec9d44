import path from 'node:path';
import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { OptionError } from '../errors.js';
import { asLogits } from '../models/as-logits.js';
import { modelDigest } from '../models/model-digest.js';
import { checkOption, FOLDER } from '../run/check-options.js';
import { checkpointFile } from '../run/checkpoint/checkpoint-file.js';
import { runManifest, writeManifest } from '../run/manifest.js';
import type { RunOptions } from '../run/options.js';
import { type RelevantKernels, requireRelevantKernels } from '../surgery/trace/relevant-kernels.js';
import * as tf from '../tf.js';
import { requireFittingImages, requireLogits, requireModel, requireSets } from '../training/check-images.js';
import { evaluate } from '../training/evaluate.js';
import { fitTo } from '../training/fit.js';
import { evidenceAtLayer, type GradientPath } from './class-gradients.js';
import { measureEvidence } from './evidence.js';
import { overallProgress } from './overall-progress.js';
import type { Constraint, TreatArm, TreatOutcome, TreatResult, TreatRun } from './treat-result.js';
import { type TreatPreset, type TreatSettings, treatSettings } from './treat-settings.js';
import { treatmentObjective } from './treatment-objective.js';

/** The images of a treatment, all labelled with the model's classes. */
export interface TreatImages {
  readonly train: ImageSet;
  /** Choose the epoch of every run; not trained on. */
  readonly validation: ImageSet;
  /** Looked at once, after training. */
  readonly test: ImageSet;
  /** Where the objects are on the training images (`syntheticObjectMasks`, `readObjectMasks`); for the space-wise constraint. */
  readonly trainMasks?: ImageSet;
  readonly testMasks?: ImageSet;
}

/** What {@link treat} can be told. */
export interface TreatOptions extends Omit<RunOptions, 'seed'>, Partial<TreatSettings> {
  /** The layer to constrain and its kernels that each class relies on, as a diagnosis finds them. */
  relevantKernels: RelevantKernels;
  /** Default 'laptop'. */
  preset?: TreatPreset;
  /** One run of every arm for each. Default [0, 1, 2]. */
  seeds?: readonly number[];
  /** Default: those whose weights are not 0, and 'all' where both are not. */
  constraints?: readonly Constraint[];
  /** Layers that stay as they are, batch norms by their running statistics. Default none, as published. */
  frozen?: readonly string[];
  /** How gradients of gradients are had. Default: by the formula for a last layer where it applies. */
  path?: GradientPath;
  /** Folder for the state of every run; a call with the same folder goes on where the last one was. */
  checkpoint?: string;
}

/** The scores of a treatment and its control, and the treated model. */
export interface Treatment {
  readonly kind: 'treatment';
  readonly result: TreatResult;
  /** The treated model: of the last of the arms and the first seed. The caller disposes it. */
  readonly model: tf.LayersModel;
}

/** What a treatment starts from; it has no state beside that of its runs. */
const TREATMENT_CHECKPOINT = checkpointFile<null>('treatment', 1);

/**
 * Treats a trained classifier (spec doctor §5): trains copies of it on with gradient constraints on one layer, beside copies
 * with the same schedule, images and seeds and no constraint, which the paper lacks (§9.3), and, where there is noise, with
 * the noise alone (§5.3).
 *
 * The epoch of every run is chosen by validation images; the authors chose by test images. The model itself stays as it
 * is. Seeds change the order and augmentation of images and the noise, not the model that is started from.
 * @param model [batch, height, width, channels] → [batch, classes], logits
 * @throws OptionError on options that make no sense, images that are not the model's, or a checkpoint of another
 *   treatment; ModelError when the layer cannot be constrained; InterruptedError on `signal`
 * @example
 * const { relevance } = await diagnose(weak, train);
 * const treatment = await treat(weak, { train, validation, test }, {
 *   ...{ preset: 'smoke', epochs: 1, seeds: [1], constraints: ['channel'], relevantKernels: relevance[0] },
 * });
 * plot.of(treatment).show();
 */
export async function treat(model: tf.LayersModel, images: TreatImages, options: TreatOptions): Promise<Treatment> {
  await ensureBackend();
  const { relevantKernels, seeds = [0, 1, 2], frozen = [], checkpoint: folder, onProgress, signal } = options;
  requireModel('treat', model);
  requireSets('treat', images, ['train', 'validation', 'test']);
  if (folder !== undefined) checkOption('checkpoint', folder, FOLDER);
  const { train, validation, test, trainMasks, testMasks } = images;
  const settings = treatSettings(options);
  requireLogits('treat', model);
  for (const set of [train, validation, test]) requireFittingImages('treat', model, set);
  const { path: gradientPath } = requireFittingKernels(model, relevantKernels, train, options.path);
  const arms = armsOf(options, settings, images);
  if (seeds.length === 0 || new Set(seeds).size < seeds.length) {
    throw new OptionError(`treat: expected one or more different seeds, got [${seeds.join(', ')}].`);
  }
  const unknown = frozen.find((name) => !model.layers.some((layer) => layer.name === name));
  if (unknown !== undefined) throw new OptionError(`treat, frozen: the model has no layer '${unknown}'.`);

  const outcomeOf = async (treated: tf.LayersModel): Promise<TreatOutcome> => ({
    report: await evaluate(treated, test, { signal }),
    evidence: await measureEvidence(treated, test, relevantKernels, { ...settings, masks: testMasks, signal }),
  });
  const manifest = runManifest({
    task: 'treat',
    seed: seeds[0],
    options: { ...settings, seeds, frozen, arms, layer: relevantKernels.layer, path: gradientPath },
    data: { train: imageSetDigest(train), validation: imageSetDigest(validation), test: imageSetDigest(test) },
  });
  const checkpoint = TREATMENT_CHECKPOINT.open(folder && path.join(folder, 'treatment.checkpoint'), () =>
    JSON.stringify({ model: modelDigest(model), frozen: [...frozen].sort() }),
  );
  if (!checkpoint.saved) await checkpoint.write(null);
  if (folder) writeManifest(path.join(folder, 'manifest.json'), manifest);
  const base = await outcomeOf(model);
  const batchesPerRun = settings.epochs * Math.ceil(train.labels.length / settings.batchSize);
  const progress = overallProgress(onProgress, 'treat', arms.length * seeds.length, batchesPerRun);
  const runs: TreatRun[] = [];
  let kept: tf.LayersModel | undefined;
  try {
    for (const arm of arms) {
      const weights = weightsOf(arm, settings);
      for (const seed of seeds) {
        const copy = await asLogits(model);
        try {
          const plain = arm === 'control';
          const penalty = { ...settings, ...weights, relevant: relevantKernels, masks: trainMasks, path: options.path };
          const objective = plain ? undefined : treatmentObjective(copy, penalty, seed);
          const { history, epoch } = await fitTo(objective, copy, train, {
            ...pick(settings, ['epochs', 'batchSize', 'learningRate', 'optimizer', 'schedule', 'augment']),
            ...{ validation, keep: 'best', seed, signal, frozen, stepwise: true },
            checkpoint: checkpoint.inner(`${arm}-seed-${seed}`),
            onProgress: progress.run(runs.length, `${arm}, seed ${seed}`),
          });
          runs.push({ arm, seed, ...weights, epoch, history, ...(await outcomeOf(copy)) });
          if (arm === arms[arms.length - 1] && seed === seeds[0]) kept = copy;
        } finally {
          if (copy !== kept) copy.dispose();
        }
      }
    }
    progress.finish();
    const layer = relevantKernels.layer;
    return {
      kind: 'treatment',
      result: { kind: 'treatResult', layer, path: gradientPath, settings, seeds, base, runs, manifest },
      model: kept!,
    };
  } catch (error) {
    kept?.dispose();
    throw error;
  }
}

function requireFittingKernels(model: tf.LayersModel, relevant: RelevantKernels, set: ImageSet, path?: GradientPath) {
  requireRelevantKernels('treat', relevant);
  const evidence = evidenceAtLayer(model, relevant.layer, path);
  const kernels = evidence.tail.mapShape[2];
  if (kernels !== relevant.kernels) {
    throw new OptionError(
      `treat: layer '${relevant.layer}' has ${kernels} kernels, the relevant kernels are ${relevant.kernels}.`,
    );
  }
  if (relevant.classNames.join() !== set.classNames.join()) {
    throw new OptionError(
      `treat: the relevant kernels are those of ${relevant.classNames.slice(0, 12).join(', ')}; the images are of ` +
        `${set.classNames.slice(0, 12).join(', ')}.`,
    );
  }
  return evidence;
}

function armsOf(options: TreatOptions, settings: TreatSettings, images: TreatImages): TreatArm[] {
  const { alpha, beta, noiseStd } = settings;
  const possible: Constraint[] = [
    ...(alpha > 0 ? (['channel'] as const) : []),
    ...(beta > 0 ? (['space'] as const) : []),
    ...(alpha > 0 && beta > 0 ? (['all'] as const) : []),
  ];
  const constraints = options.constraints ?? possible;
  const odd = constraints.find((constraint) => !possible.includes(constraint));
  if (odd !== undefined) {
    throw new OptionError(
      `treat: constraint '${odd}' needs weights above 0; alpha is ${alpha}, beta ${beta}. Possible: ${possible.join(', ') || 'none'}.`,
    );
  }
  const { train, test, trainMasks, testMasks } = images;
  if (constraints.some((constraint) => constraint !== 'channel') && !trainMasks) {
    throw new OptionError(
      'treat: the space-wise constraint needs `trainMasks`, object masks of the training images. Give them, or set beta: 0.',
    );
  }
  for (const [name, masks, set] of [
    ['trainMasks', trainMasks, train],
    ['testMasks', testMasks, test],
  ] as const) {
    if (masks && (masks.imageShape[2] !== 1 || masks.labels.length !== set.labels.length)) {
      throw new OptionError(
        `treat: expected ${name} to be one grey mask for each of ${set.labels.length} images, got ${masks.labels.length} ` +
          `of ${masks.imageShape.join('×')}.`,
      );
    }
  }
  return ['control', ...(noiseStd > 0 ? (['noise'] as const) : []), ...constraints];
}

function weightsOf(arm: TreatArm, { alpha, beta, noiseStd }: TreatSettings) {
  return {
    alpha: arm === 'channel' || arm === 'all' ? alpha : 0,
    beta: arm === 'space' || arm === 'all' ? beta : 0,
    noiseStd: arm === 'control' ? 0 : noiseStd,
  };
}

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
