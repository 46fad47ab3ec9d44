import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { IMAGES_PER_STEP } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import type { ImageSource } from '../datasets/source/image-source.js';
import { OperationInterruptedError } from '../engine/interruptible-engine.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, ModelError, OptionError } from '../errors.js';
import { allLayers } from '../models/model-graph.js';
import { checkOption, oneOf, POSITIVE, wholeNumber } from '../run/check-options.js';
import { seedStream } from '../run/mt19937.js';
import { ProgressMeter } from '../run/progress.js';
import * as tf from '../tf.js';
import { requireFittingImages, requireLogits, requireModel } from './check-images.js';
import { copyWeights, openTraining } from './checkpoint.js';
import { evaluate } from './evaluate.js';
import type { FitOptions } from './fit-options.js';
import { withFrozenLayers } from './frozen-layers.js';
import type { EpochRecord, TrainingHistory } from './history.js';
import type { Objective } from './objective.js';
import { createOptimizer } from './optimizers.js';
import { releasePlannedTraining } from './planned-training.js';
import { learningRateAt } from './schedule.js';
import { trainStep } from './train-step.js';

/** How a training went. */
export interface FitResult {
  readonly kind: 'fitResult';
  readonly history: TrainingHistory;
  /** Epoch whose weights the model now has (1 for the first). */
  readonly epoch: number;
}

/** Layers that draw from Math.random and cannot be told a seed. */
const UNSEEDED_LAYERS = ['GaussianNoise', 'GaussianDropout', 'AlphaDropout'];

function requireRepeatableLayers(model: tf.LayersModel): void {
  const layer = allLayers(model).find((l) => UNSEEDED_LAYERS.includes(l.getClassName()));
  if (layer) {
    throw new ModelError(
      `fit: layer '${layer.name}' (${layer.getClassName()}) draws random numbers that no seed repeats. Use Dropout instead.`,
    );
  }
}

/**
 * Trains a classifier in place with softmax cross-entropy on its logits.
 *
 * The order of images, augmentation and dropout depend on `seed` and the epoch alone, so that a run resumed from its
 * checkpoint ends with exactly the weights of an uninterrupted one.
 *
 * @param model [batch, height, width, channels] → [batch, classes], logits
 * @throws OptionError on options that make no sense, images that are not the model's or a checkpoint of another run;
 *   ModelError for a model that puts out probabilities or whose random layers cannot be seeded; InterruptedError on `signal`
 * @example
 * const { history } = await fit(weak, train, { epochs: 1, batchSize: 32, learningRate: 0.01, validation, seed: 1 });
 * plot.trainingCurve(history).show();
 */
export function fit(model: tf.LayersModel, train: ImageSet | ImageSource, options: FitOptions): Promise<FitResult> {
  return fitTo(undefined, model, train, options);
}

/** What {@link fitTo} can be told beside {@link FitOptions}. */
export interface FitToOptions extends FitOptions {
  /**
   * Whether steps of plain cross-entropy are computed operation by operation, too, as those of an objective are: a control that went by
   * the backend's plan, which rounds otherwise, would differ by more than what the objective adds. Default false.
   */
  readonly stepwise?: boolean;
}

/** As {@link fit}, with an objective of its own in place of cross-entropy (undefined: cross-entropy). */
export function fitTo(
  objective: Objective | undefined,
  model: tf.LayersModel,
  train: ImageSet | ImageSource,
  options: FitToOptions,
): Promise<FitResult> {
  requireModel('fit', model);
  return withFrozenLayers(model, options.frozen ?? [], () => fitUnfrozen(objective, model, train, options));
}

async function fitUnfrozen(
  objective: Objective | undefined,
  model: tf.LayersModel,
  train: ImageSet | ImageSource,
  options: FitToOptions,
): Promise<FitResult> {
  await ensureBackend();
  const {
    epochs,
    batchSize = IMAGES_PER_STEP,
    learningRate = 0.01,
    optimizer: optimizerOptions = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
    schedule = { kind: 'constant' },
    augment,
    validation,
    keep = 'last',
    seed = 0,
    frozen = [],
    onProgress,
    signal,
    task = 'train',
    stepwise = false,
  } = options;
  checkOption('epochs', epochs, wholeNumber());
  checkOption('learningRate', learningRate, POSITIVE);
  checkOption('keep', keep, oneOf(['last', 'best']));
  if (keep === 'best' && !validation) throw new OptionError("keep: 'best' needs `validation` images to choose by.");
  learningRateAt(schedule, learningRate, 0, epochs); // refuses a schedule that makes no sense
  requireLogits('fit', model);
  requireFittingImages('fit', model, train);
  if (validation) requireFittingImages('fit, validation', model, validation, train);
  requireRepeatableLayers(model);
  if (model.trainableWeights.length === 0) {
    throw new OptionError(
      `fit: expected at least one layer with weights to be trained, got all of model '${model.name}' frozen${frozen.length > 0 ? ' (frozen)' : ' (trainable: false)'}.`,
    );
  }

  const stopped = interruption(signal);
  const optimizer = createOptimizer(optimizerOptions);
  const checkpoint = openTraining(options.checkpoint, model, () => ({
    options: { epochs, batchSize, learningRate, optimizer: optimizerOptions, schedule, augment, keep, seed },
    ...(frozen.length > 0 ? { frozen } : {}),
    train: imageSetDigest(train),
    validation: validation ? imageSetDigest(validation) : null,
    layers: model.layers.map((layer) => [layer.getClassName(), ...layer.weights.map(({ shape }) => shape)]),
    ...(objective ? { objective: objective.identity } : {}),
  }));
  const stoppedIn = (epoch: number) =>
    new InterruptedError(`Training stopped in epoch ${epoch} of ${epochs}${checkpoint.resume}`);
  const { saved } = checkpoint;
  const history: EpochRecord[] = [...(saved?.history ?? [])];
  let best = saved?.best ?? null;
  try {
    if (saved) optimizer.restore(saved.optimizer);
    else await checkpoint.write({ optimizer, history, best });
    const batchesPerEpoch = Math.ceil(train.labels.length / batchSize);
    const alreadyDone = history.length * batchesPerEpoch;
    const meter = new ProgressMeter(onProgress, task, epochs * batchesPerEpoch, 'batches', alreadyDone);
    for (let epoch = history.length; epoch < epochs; epoch++) {
      const startedAt = performance.now();
      const rate = learningRateAt(schedule, learningRate, epoch, epochs);
      const order = seedStream(seed, `order/${epoch}`).permutation(train.labels.length);
      const dropoutSeeds = seedStream(seed, `dropout/${epoch}`);
      let lossSum = 0;
      let hits = 0;
      let seen = 0;
      const sums: Record<string, number> = {};
      objective?.startEpoch(epoch);
      const companion = objective?.companion;
      const check = () => {
        if (stopped()) throw stoppedIn(epoch + 1);
      };
      const pass = { task, batchSize, order, augment, companion, seed, epoch, check };
      await passOver(train, pass, (batch) => {
        const { x, labels } = batch;
        const toMinimise = objective && { lossOf: objective.lossOf, batch };
        const result = trainStep(model, x, labels, optimizer, rate, dropoutSeeds, toMinimise, stepwise);
        const minimised = result.terms['total'] ?? result.loss;
        if (!Number.isFinite(minimised)) {
          throw new OptionError(
            `The training loss became ${minimised} in epoch ${epoch + 1}: lower learningRate (now ${rate}).`,
          );
        }
        lossSum += result.loss * labels.length;
        hits += result.hits;
        seen += labels.length;
        for (const [name, value] of Object.entries(result.terms)) {
          sums[name] = (sums[name] ?? 0) + value * labels.length;
        }
        meter.update(
          epoch * batchesPerEpoch + Math.ceil(seen / batchSize),
          `epoch ${epoch + 1}/${epochs}, loss ${(lossSum / seen).toFixed(3)}, accuracy ${((100 * hits) / seen).toFixed(1)} %`,
        );
      });
      const validationAccuracy = validation ? (await evaluate(model, validation)).accuracy : null;
      history.push({
        kind: 'epochRecord',
        epoch: epoch + 1,
        learningRate: rate,
        loss: lossSum / seen,
        trainAccuracy: hits / seen,
        validationAccuracy,
        seconds: (performance.now() - startedAt) / 1000,
        ...(objective
          ? { terms: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / seen])) }
          : {}),
      });
      if (keep === 'best' && validationAccuracy !== null && (!best || validationAccuracy >= best.accuracy)) {
        if (best) tf.dispose(best.weights);
        best = { epoch: epoch + 1, accuracy: validationAccuracy, weights: copyWeights(model) };
      }
      await checkpoint.write({ optimizer, history, best });
    }
    if (best) model.setWeights(best.weights);
    return { kind: 'fitResult', history, epoch: best?.epoch ?? epochs };
  } catch (error) {
    checkpoint.takeBack();
    throw error instanceof OperationInterruptedError ? stoppedIn(history.length + 1) : error;
  } finally {
    optimizer.dispose();
    releasePlannedTraining(model);
    if (best) tf.dispose(best.weights);
    checkpoint.dispose();
  }
}
