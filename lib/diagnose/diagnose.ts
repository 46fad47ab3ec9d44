import * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import type { ClassReport } from '../metrics/class-report.js';
import { weakestClass } from '../metrics/summaries.js';
import type { Classifier } from '../models/classifier.js';
import { kernelImportance } from '../surgery/kernel-importance.js';
import { traceModel } from '../surgery/trace.js';
import { evaluate, type EvaluateOptions } from '../training/evaluate.js';
import type { KernelClassMap } from './kernel-class-map.js';

/** Two classes that are taken for each other. */
export interface Confusion {
  readonly actual: string;
  readonly predicted: string;
  readonly images: number;
  /** Share of the actual class's images, 0–1. */
  readonly share: number;
}

export interface Diagnosis {
  readonly report: ClassReport;
  /** Class with the lowest F1. */
  readonly weakest: string;
  /** Where images of each class go instead, most frequent first; only pairs that occur. */
  readonly confusions: readonly Confusion[];
  /**
   * Activation mass of every kernel per class (the sum over its map after ReLU, averaged over the class's images), one
   * map per convolution layer, tied layers together. Empty when surgery does not know the model's layers.
   */
  readonly kernelMaps: readonly KernelClassMap[];
  /** The findings in plain sentences. */
  readonly summary: readonly string[];
}

/**
 * Says which classes a model is weak on, what they are confused with, and which kernels respond to which class
 * (activation after ReLU, spec cnnsplitter §2.1).
 * @throws as `evaluate` does
 */
export async function diagnose(
  model: tf.LayersModel | Classifier,
  set: ImageSet,
  options: EvaluateOptions = {},
): Promise<Diagnosis> {
  const report = await evaluate(model, set, options);
  const weakest = weakestClass(report);
  const confusions = rankedConfusions(report);
  const summary = summarise(report, weakest, confusions);
  let kernelMaps: KernelClassMap[] = [];
  try {
    if (model instanceof tf.LayersModel) kernelMaps = await activationMaps(model, set, options);
  } catch (error) {
    // A model that cannot be traced, or a class without images: the rest of the diagnosis stands.
    if (!(error instanceof ModelError || error instanceof OptionError)) throw error;
    summary.push(`No kernel maps: ${error.message}`);
  }
  return { report, weakest, confusions, kernelMaps, summary };
}

function rankedConfusions(report: ClassReport): Confusion[] {
  const pairs: Confusion[] = [];
  report.confusion.forEach((row, actual) =>
    row.forEach((images, predicted) => {
      if (actual === predicted || images === 0) return;
      const [from, to] = [report.classNames[actual], report.classNames[predicted]];
      pairs.push({ actual: from, predicted: to, images, share: images / report.perClass[actual].support });
    }),
  );
  return pairs.sort((a, b) => b.share - a.share);
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

function summarise(report: ClassReport, weakest: string, confusions: readonly Confusion[]): string[] {
  const percent = (value: number | null) => (value === null ? 'undefined' : `${(100 * value).toFixed(1)} %`);
  const row = report.perClass.find(({ className }) => className === weakest)!;
  const lines = [
    `Accuracy ${percent(report.accuracy)} on ${report.images} images.`,
    `Weakest class: ${weakest} (precision ${percent(row.precision)}, recall ${percent(row.recall)}, F1 ${percent(row.f1)}).`,
  ];
  const lost = confusions.find(({ actual }) => actual === weakest);
  if (lost) lines.push(`${percent(lost.share)} of the images of ${weakest} are taken for ${lost.predicted}.`);
  const gained = confusions.filter(({ predicted }) => predicted === weakest).sort((a, b) => b.images - a.images)[0];
  if (gained) lines.push(`${percent(gained.share)} of the images of ${gained.actual} are taken for ${weakest}.`);
  return lines;
}
