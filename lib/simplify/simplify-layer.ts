import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_STEP } from '../datasets/images-at-once.js';
import type { Checkpoint } from '../run/checkpoint/checkpoint-file.js';
import { createExtractor } from '../surgery/modules/extract.js';
import { fullSelection, keptIndices } from '../surgery/trace/kernel-selection.js';
import { selectionFromUnits, traceModel } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import { batchThatFits } from '../training/batch-that-fits.js';
import { fit } from '../training/fit.js';
import { bestUnits } from './best-units.js';
import { unitsAt } from './budget.js';
import { chooseUnits, decidesItself } from './choose-units.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';
import { layerContext } from './layer-context.js';
import { type ModelScores, modelScores } from './model-scores.js';
import type { SimplifyOptions, SimplifySettings, StopRule } from './options.js';
import type { SimplifyImages } from './simplify-images.js';
import type { StageRecord } from './stage-record.js';

/** What stays the same through a run. */
export interface Run {
  readonly settings: SimplifySettings;
  readonly criterion: RelevanceCriterion | KernelChoice;
  /** The model before the first removal. */
  readonly original: tf.LayersModel;
  readonly images: SimplifyImages;
  readonly sample: ImageSet;
  readonly seed: number;
  readonly options: SimplifyOptions;
  readonly check: () => void;
  /** File for the state of a part, see `Checkpoint.inner`. */
  readonly inner: Checkpoint<unknown>['inner'];
}

/** The rule of one layer: a budget has become a share. */
export type LayerRule = Exclude<StopRule, { kind: 'budget' }>;

/** Removes what the criterion gives up of one layer, and retrains as the settings say. */
export async function simplifyLayer(
  run: Run,
  model: tf.LayersModel,
  groupId: string,
  stop: LayerRule,
  range: readonly string[],
): Promise<{ next: tf.LayersModel; record: StageRecord }> {
  const { settings, images } = run;
  const startedAt = performance.now();
  const units = traceModel(model).groups.find(({ id }) => id === groupId)!.units.length;
  const steps = settings.retrain.when === 'afterRemoval' && !decidesItself(run.criterion) && stop.kind === 'ratio';
  const perStep = steps ? Math.max(1, Math.round(settings.retrain.removalStep * units)) : units;
  let kept = Array.from({ length: units }, (_, unit) => unit);
  let current = model;
  let firstScores: readonly number[] | null = null;
  let removed: ModelScores | undefined;
  let retrainings = 0;
  let layers: readonly string[] = [];
  try {
    for (;;) {
      run.check();
      const { choice, next, group } = await removeOnce(run, current, groupId, stop, steps ? { perStep, units } : null);
      layers = group;
      firstScores ??= choice.scores;
      if (next === null) break; // nothing to remove (any more)
      kept = kept.filter((_, position) => choice.kept[position] === 1);
      if (current !== model) current.dispose();
      current = next;
      removed ??= await modelScores(current, images.validation);
      if (settings.retrain.when === 'afterLayer' || settings.retrain.when === 'afterRemoval') {
        await retrain(run, current, groupId, frozenOutside(current, range), retrainings++);
      }
      if (!steps) break;
    }
    if (current === model) current = copyOf(model);
    const retrained = retrainings > 0 ? await modelScores(current, images.validation) : removed;
    const unchanged = removed ?? (await modelScores(current, images.validation));
    const record: StageRecord = {
      layer: groupId,
      layers,
      units,
      kept,
      scores: firstScores,
      trained: retrainings > 0 ? range.filter((name) => current.getLayer(name).weights.length > 0) : [],
      retrainings,
      removed: unchanged,
      retrained: retrained ?? unchanged,
      seconds: (performance.now() - startedAt) / 1000,
    };
    return { next: current, record };
  } catch (error) {
    if (current !== model) current.dispose();
    throw error;
  }
}

/** One removal: the criterion looks at the model, the rule decides, kernels are cut out. */
async function removeOnce(
  run: Run,
  model: tf.LayersModel,
  groupId: string,
  stop: LayerRule,
  steps: { perStep: number; units: number } | null,
): Promise<{
  choice: { kept: Uint8Array; scores: readonly number[] | null };
  next: tf.LayersModel | null;
  group: readonly string[];
}> {
  const extractor = createExtractor(model);
  try {
    const { trace } = extractor;
    const group = trace.groups.find(({ id }) => id === groupId)!;
    const { original, sample, seed, check } = run;
    const context = layerContext({ model, original, extractor, group, images: sample, seed, check });
    let choice = await chooseUnits(run.criterion, stop, context, run.images.validation);
    if (steps && stop.kind === 'ratio' && choice.scores) {
      const target = unitsAt(stop.keep, steps.units, stop.multipleOf);
      const count = Math.max(target, group.units.length - steps.perStep);
      choice = { ...choice, kept: bestUnits(choice.scores, count) };
    }
    if (keptIndices(choice.kept).length === group.units.length) return { choice, next: null, group: group.layers };
    const next = extractor.extract(selectionFromUnits(trace, { [groupId]: choice.kept }));
    return { choice, next, group: group.layers };
  } finally {
    extractor.dispose();
  }
}

function frozenOutside(model: tf.LayersModel, range: readonly string[]): string[] {
  return model.layers.map(({ name }) => name).filter((name) => !range.includes(name));
}

/** One retraining, with the settings of the run. @param frozen layers that stay bit for bit */
export async function retrain(
  { settings: { retrain: settings }, images, seed, options, inner }: Run,
  model: tf.LayersModel,
  layer: string,
  frozen: readonly string[],
  retraining: number,
): Promise<void> {
  const { epochs, learningRate, optimizer, schedule, augment } = settings;
  const batchSize = batchThatFits(model, settings.batchSize ?? IMAGES_PER_STEP);
  const { onProgress, signal } = options;
  await fit(model, images.train, {
    ...{ epochs, batchSize, learningRate, optimizer, schedule, augment, frozen, seed, onProgress, signal },
    task: `retrain after ${layer}`,
    checkpoint: inner(`${layer}.${retraining}`),
  });
}

/** The same model again, with weights of its own. */
export function copyOf(model: tf.LayersModel): tf.LayersModel {
  const extractor = createExtractor(model);
  try {
    return extractor.extract(fullSelection(extractor.trace));
  } finally {
    extractor.dispose();
  }
}
