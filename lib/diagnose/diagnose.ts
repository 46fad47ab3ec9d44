import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import { type ClassReport, classReport } from '../metrics/class-report.js';
import { guesses } from '../metrics/guesses.js';
import { type CalibrationReport, calibrationReport, type Guess } from '../metrics/reliability.js';
import { weakestClass } from '../metrics/summaries.js';
import { asLogits } from '../models/as-logits.js';
import type { Classifier } from '../models/classifier.js';
import { outputKind } from '../models/output-kind.js';
import { kernelImportance } from '../surgery/passes/kernel-importance.js';
import { convolutionNames } from '../surgery/trace/convolutions.js';
import { traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { requireFittingImages } from '../training/check-images.js';
import { evaluate, type EvaluateOptions, predictScores } from '../training/evaluate.js';
import { type Confusion, rankedConfusions } from './confusions.js';
import { aggregateGradients } from './gradient-aggregation.js';
import { type HeatMapPair, heatMapPairs } from './heat-map.js';
import type { KernelClassMap } from './kernel-class-map.js';
import { type LayerRelevance, layerRelevance } from './layer-relevance.js';
import { selectImages } from './select-images.js';
import { type DiagnosisPreset, type RelevanceSettings, relevanceSettings } from './settings.js';
import { calibrationSentence, relevanceSentences, reportSentences } from './summary.js';

/** What {@link diagnose} can be told. */
export interface DiagnoseOptions extends EvaluateOptions, Partial<RelevanceSettings> {
  /** Default 'internal2021'. Options given beside it replace its own. */
  preset?: DiagnosisPreset;
  /** Seed of the noise. Default 0. */
  seed?: number;
  /** Bins of the calibration curve. Default 15. */
  bins?: number;
  /** File that the pass for gradients goes on from when it was interrupted. */
  checkpoint?: string;
}

/** What {@link diagnose} finds. Plain data. */
export interface Diagnosis {
  readonly kind: 'diagnosis';
  readonly report: ClassReport;
  /** Class with the lowest F1. */
  readonly weakest: string;
  /** Where images of each class go instead, most frequent first; only pairs that occur. */
  readonly confusions: readonly Confusion[];
  /** Null for classifiers that are no `tf.LayersModel`: their scores need not be probabilities. */
  readonly calibration: CalibrationReport | null;
  /**
   * Activation mass of every kernel per class (the sum over its map after ReLU, averaged over the class's images), one
   * map per convolution layer, tied layers together. Empty when surgery does not know the model's layers.
   */
  readonly kernelMaps: readonly KernelClassMap[];
  /** How much the kernels of each wanted layer move each class's logit. Empty when there are no gradients to be had. */
  readonly relevance: readonly LayerRelevance[];
  /** Heat-maps in the last of the wanted layers, of the most and least confident image of each class. */
  readonly heatMaps: readonly HeatMapPair[];
  /** How the relevant kernels were found. */
  readonly settings: RelevanceSettings;
  /** The findings in plain sentences. */
  readonly summary: readonly string[];
}

/**
 * Says which classes a model is weak on, what they are confused with and how sure it is; which kernels respond to which class
 * (activation after ReLU, spec cnnsplitter §2.1), and which ones each class's logit relies on (gradient aggregation, spec doctor
 * §2–4), with heat-maps of single images.
 *
 * Any `tf.LayersModel` will do; of one that ends in a softmax the gradients are taken before it. What cannot be had from a
 * model (nested or unknown layers) is left empty, and the summary says why. The published code takes its statistics from
 * training images. Where the last convolution is the classifier itself, name another layer.
 * @throws as `evaluate` does; OptionError on options that make no sense
 * @example
 * const diagnosis = await diagnose(weak, validation);
 * console.log(diagnosis.summary.join('\n'));
 * plot.confusion(diagnosis.report).show();
 */
export async function diagnose(
  model: tf.LayersModel | Classifier,
  set: ImageSet,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  await ensureBackend();
  const settings = relevanceSettings(options);
  const { batchSize, onProgress, signal, task } = options;
  const passes = { batchSize, onProgress, signal };
  if (!(model instanceof tf.LayersModel)) {
    const report = await evaluate(model, set, { ...passes, task, precision: options.precision });
    const weakest = weakestClass(report);
    const confusions = rankedConfusions(report);
    const summary = reportSentences(report, weakest, confusions);
    return {
      kind: 'diagnosis',
      report,
      weakest,
      confusions,
      calibration: null,
      kernelMaps: [],
      relevance: [],
      heatMaps: [],
      settings,
      summary,
    };
  }
  requireFittingImages('diagnose', model, set);
  const { scores, classes } = await predictScores(model, set, { ...passes, task, precision: options.precision });
  const found = guesses(scores, set.labels, classes, outputKind(model));
  const report = classReport(
    set.labels,
    found.map(({ predicted }) => predicted),
    set.classNames,
  );
  const weakest = weakestClass(report);
  const confusions = rankedConfusions(report);
  const calibration = calibrationReport(found, set.classNames, options.bins);
  const summary = [...reportSentences(report, weakest, confusions), calibrationSentence(calibration, report.accuracy)];

  const gradients = await orReason([ModelError], () => gradientFindings(model, set, found, settings, options));
  const { relevance, heatMaps } = typeof gradients === 'string' ? { relevance: [], heatMaps: [] } : gradients;
  for (const layer of relevance.slice(-1)) summary.push(...relevanceSentences(layer, weakest, confusions));
  if (typeof gradients === 'string') summary.push(`No gradients: ${gradients}`);
  // A class without images is an OptionError there.
  const maps = await orReason([ModelError, OptionError], () => activationMaps(model, set, passes));
  if (typeof maps === 'string') summary.push(`No kernel maps: ${maps}`);
  const kernelMaps = typeof maps === 'string' ? [] : maps;
  return {
    kind: 'diagnosis',
    report,
    weakest,
    confusions,
    calibration,
    kernelMaps,
    relevance,
    heatMaps,
    settings,
    summary,
  };
}

/** The result, or why a model or its images do not give it: the rest of the diagnosis stands. */
async function orReason<T>(
  expected: readonly (new (m: string) => Error)[],
  find: () => Promise<T>,
): Promise<T | string> {
  try {
    return await find();
  } catch (error) {
    if (!expected.some((kind) => error instanceof kind)) throw error;
    return (error as Error).message;
  }
}

async function gradientFindings(
  model: tf.LayersModel,
  set: ImageSet,
  found: readonly Guess[],
  settings: RelevanceSettings,
  options: DiagnoseOptions,
): Promise<{ relevance: LayerRelevance[]; heatMaps: HeatMapPair[] }> {
  const { batchSize, onProgress, signal, seed, checkpoint } = options;
  const { selection, imagesPerClass, phi, noise, threshold } = settings;
  const pick = (kind: typeof selection, count: number) => selectImages(found, set.classNames.length, kind, count);
  const images = pick(selection, imagesPerClass);
  const logits = outputKind(model) === 'logits' ? model : await asLogits(model);
  try {
    const layers = convolutionNames(logits, settings.layers);
    const run = { batchSize, onProgress, signal };
    const sums = await aggregateGradients(logits, set, images, { ...run, layers, phi, noise, seed, checkpoint });
    const [high, low] = [pick('topConfidenceCorrect', 1), pick('lowConfidence', 2)];
    return {
      relevance: sums.map((layer) => layerRelevance(layer, threshold)),
      heatMaps: await heatMapPairs(logits, set, high, low, { ...run, layer: layers[layers.length - 1] }),
    };
  } finally {
    if (logits !== model) logits.dispose();
  }
}

async function activationMaps(
  model: tf.LayersModel,
  set: ImageSet,
  options: EvaluateOptions,
): Promise<KernelClassMap[]> {
  const trace = traceModel(model);
  const importance = await kernelImportance(model, trace, set, { ...options, minConfidence: 0 });
  return trace.groups.map((group) => ({
    layer: group.layers.join(' + '),
    classNames: set.classNames,
    kernels: group.units.length,
    values: importance.byGroup[group.id],
    quantity: 'activation mass after ReLU',
  }));
}
