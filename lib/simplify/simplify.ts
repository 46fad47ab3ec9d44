import { ensureBackend } from '../backend/ensure-backend.js';
import { firstPerClass, subset } from '../datasets/subset.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, OptionError } from '../errors.js';
import { withLogits } from '../models/with-logits.js';
import { ProgressMeter } from '../run/progress.js';
import { createExtractor } from '../surgery/modules/extract.js';
import {
  fullSelection,
  type KernelSelection,
  selectionFromJSON,
  selectionToJSON,
} from '../surgery/trace/kernel-selection.js';
import { type ChannelGroup, type ModelTrace, traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { requireFittingImages, requireModel, requireSets } from '../training/check-images.js';
import { arraysOf, tensorsOf } from '../training/tensor-arrays.js';
import { ratioForBudget } from './budget.js';
import { decidesItself } from './choose-units.js';
import { CRITERIA } from './criteria/index.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';
import { type ModelScores, modelScores } from './model-scores.js';
import { resolveSimplifySettings, type SimplifyOptions, type SimplifySettings, type StopRule } from './options.js';
import { SIMPLIFY_CHECKPOINT, simplifyIdentity } from './simplify-checkpoint.js';
import type { SimplifyImages } from './simplify-images.js';
import { copyOf, type LayerRule, retrain, type Run, simplifyLayer } from './simplify-layer.js';
import type { StageRecord } from './stage-record.js';
import { type LayerPlace, placeOf } from './trained-range.js';

/** A simplified model, and how it came to be. */
export interface SimplifyResult {
  readonly kind: 'simplifyResult';
  /** The smaller model, an ordinary `tf.LayersModel` with the layer names of the original. The caller disposes it. */
  readonly model: tf.LayersModel;
  /** Kernels of the original that are left in it. */
  readonly selection: KernelSelection;
  /** Layer by layer, in the order they were simplified. */
  readonly stages: readonly StageRecord[];
  /** On the validation images. */
  readonly before: ModelScores;
  readonly after: ModelScores;
  /** Every setting the run had, preset and overrides put together; own criteria by their id. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Simplifies a classifier layer by layer: the least relevant kernels of a layer are cut out, then the layers up to the
 * next one are retrained once, while everything after it stays bit for bit as it was (progressive retraining, spec
 * progressive §3). The paper's own criteria, stopping rules and training settings were not accessible: all of them are
 * substitutes here, and options.
 *
 * @param model any traceable `tf.LayersModel`: [batch, height, width, channels] → [batch, classes]; not changed. One that ends in a
 *   softmax is simplified before it, and the smaller model puts out logits
 * @throws OptionError on bad options or images that are not the model's, ModelError on layers that surgery does not know or
 *   a criterion that gives no numbers, InterruptedError on `signal`
 * @example
 * const half = await simplify(strong, { train, validation }, {
 *   ...{ preset: 'smoke', criterion: 'weightL1', stop: { kind: 'budget', of: 'macs', keep: 0.5 }, seed: 1 },
 * });
 * plot.simplify(half).show();
 */
export async function simplify(
  model: tf.LayersModel,
  images: SimplifyImages,
  options: SimplifyOptions = {},
): Promise<SimplifyResult> {
  await ensureBackend();
  requireModel('simplify', model);
  requireSets('simplify', images, ['train', 'validation']);
  return withLogits(model, (logits) => simplifyLogits(logits, images, options));
}

async function simplifyLogits(
  model: tf.LayersModel,
  images: SimplifyImages,
  options: SimplifyOptions,
): Promise<SimplifyResult> {
  const settings = resolveSimplifySettings(options);
  const criterion = resolveCriterion(settings.criterion);
  requireFittingImages('simplify, train', model, images.train);
  requireFittingImages('simplify, validation', model, images.validation, images.train);
  const { seed = 0 } = options;
  const trace = traceModel(model);
  const sweep = sweepOrder(trace, settings);
  const checkpoint = SIMPLIFY_CHECKPOINT.open(options.checkpoint, () =>
    JSON.stringify(simplifyIdentity(settings, seed, model, images)),
  );
  const run: Run = {
    settings,
    criterion,
    original: model,
    images,
    sample: subset(images.train, firstPerClass(images.train, settings.imagesPerClass)),
    seed,
    options,
    check: checker(options.signal, checkpoint.resume),
    inner: checkpoint.inner,
  };

  const before = await modelScores(model, images.validation);
  const stop = decidesItself(criterion)
    ? UNUSED_RULE
    : settleBudget(model, sweep, settings.stop, images.train.imageShape);
  const selection = fullSelection(trace);
  const stages: StageRecord[] = [];
  let current = model;
  let learned: ReadonlySet<string> = new Set();
  const replace = (next: tf.LayersModel) => {
    if (current !== model) current.dispose();
    current = next;
  };
  const write = () =>
    checkpoint.write({ stages, selection: selectionToJSON(selection) }, async () => ({
      weights: await arraysOf(current.getWeights()),
    }));
  try {
    const { saved } = checkpoint;
    if (saved) {
      Object.assign(selection, selectionFromJSON(saved.state.selection));
      stages.push(...saved.state.stages);
      const extractor = createExtractor(model);
      replace(extractor.extract(selection));
      extractor.dispose();
      const weights = tensorsOf(saved.arrays['weights']);
      current.setWeights(weights);
      tf.dispose(weights);
      learned = new Set(stages.flatMap(({ trained }) => trained));
    } else await write();
    const atEnd = settings.retrain.when === 'atEnd';
    const steps = sweep.length + (atEnd ? 1 : 0);
    const meter = new ProgressMeter(options.onProgress, 'simplify', steps, atEnd ? 'steps' : 'layers', stages.length);
    const part = { ...run, options: { ...options, onProgress: meter.inner } };
    for (const { group, place } of sweep.slice(stages.length)) {
      run.check();
      const range = trainedRange(settings, trace, place, learned);
      const { next, record } = await simplifyLayer(part, current, group.id, stop, range);
      replace(next);
      for (const [unit, { members }] of group.units.entries()) {
        const bit = record.kept.includes(unit) ? 1 : 0;
        for (const { layer, kernel } of members) selection[layer][kernel] = bit;
      }
      learned = new Set([...learned, ...record.trained]);
      stages.push(record);
      await write();
      meter.update(stages.length, `${record.layer}: ${record.kept.length} of ${record.units} kept`);
    }
    if (current === model) replace(copyOf(model));
    if (atEnd) {
      await retrain(part, current, 'all layers', [], 0);
      meter.update(steps);
    }
    const after = await modelScores(current, images.validation);
    return {
      kind: 'simplifyResult',
      model: current,
      selection,
      stages,
      before,
      after,
      settings: { ...settings, criterion: criterion.id },
    };
  } catch (error) {
    if (current !== model) current.dispose();
    throw error;
  }
}

function resolveCriterion(criterion: SimplifySettings['criterion']): RelevanceCriterion | KernelChoice {
  if (typeof criterion !== 'string') return criterion;
  const known = (CRITERIA as Record<string, RelevanceCriterion | undefined>)[criterion];
  if (known) return known;
  throw new OptionError(`criterion: expected one of ${Object.keys(CRITERIA).join(', ')}, got '${criterion}'.`);
}

function checker(signal: AbortSignal | undefined, resume: string): () => void {
  const stopped = interruption(signal);
  return () => {
    if (stopped()) throw new InterruptedError(`The simplification was stopped${resume}`);
  };
}

/** The layers to simplify with their places, in the order of the sweep: by the last layer that reads them. */
function sweepOrder(
  trace: ModelTrace,
  { layers, order }: SimplifySettings,
): { group: ChannelGroup; place: LayerPlace }[] {
  const unknown = layers?.find((name) => !trace.groups.some((group) => group.layers.includes(name)));
  if (unknown !== undefined) {
    throw new OptionError(
      `layers: the model has no convolution layer '${unknown}'; it has ${trace.convLayers.map(({ name }) => name).join(', ')}.`,
    );
  }
  const fixed = layers && trace.groups.find((group) => group.protected && group.layers.some((n) => layers.includes(n)));
  if (fixed) throw new OptionError(`layers: kernels of '${fixed.id}' cannot be removed: ${fixed.protectedReason}.`);
  const sweep = trace.groups
    .filter((group) => !group.protected && (layers === null || group.layers.some((name) => layers.includes(name))))
    .map((group) => ({ group, place: placeOf(trace, group) }))
    .sort((a, b) => a.place.position - b.place.position);
  if (sweep.length === 0) throw new OptionError('simplify: the model has no convolution layer whose kernels can go.');
  return order === 'forward' ? sweep : sweep.reverse();
}

/** For a criterion that decides by itself. */
const UNUSED_RULE: LayerRule = { kind: 'ratio', keep: 1 };

/** A budget for the whole model becomes one share for every layer. */
function settleBudget(
  model: tf.LayersModel,
  sweep: readonly { readonly group: ChannelGroup }[],
  stop: StopRule,
  imageShape: readonly number[],
): LayerRule {
  if (stop.kind !== 'budget') return stop;
  const extractor = createExtractor(model);
  try {
    const groups = sweep.map(({ group }) => group);
    const keep = ratioForBudget(model, extractor, groups, stop, imageShape);
    return { kind: 'ratio', keep, multipleOf: stop.multipleOf };
  } finally {
    extractor.dispose();
  }
}

/** Layers that learn after a layer, in network order. The progressive range only ever grows. */
function trainedRange(
  { retrain: { range }, order }: SimplifySettings,
  trace: ModelTrace,
  place: LayerPlace,
  learned: ReadonlySet<string>,
): string[] {
  const all = trace.layers.map(({ name }) => name);
  if (range === 'all') return all;
  if (range === 'next') return [...place.nextWithNorms];
  return all.filter((name) => place.upToNext.includes(name) || (order === 'forward' && learned.has(name)));
}
