import * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
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
   * Mean activation of every kernel per class, one map per prunable convolution layer (tied layers count once). Empty
   * for classifiers that are not a `tf.LayersModel`.
   */
  readonly kernelMaps: readonly KernelClassMap[];
  /** The findings in plain sentences. */
  readonly summary: readonly string[];
}

/**
 * Says which classes a model is weak on, what they are confused with, and which kernels respond to which class
 * (activation after ReLU, spec cnnsplitter §2.1).
 */
export async function diagnose(
  model: tf.LayersModel | Classifier,
  set: ImageSet,
  options: EvaluateOptions = {},
): Promise<Diagnosis> {
  const report = await evaluate(model, set, options);
  const weakest = weakestClass(report);
  const confusions = rankedConfusions(report);
  const kernelMaps = model instanceof tf.LayersModel ? activationMaps(model, set) : [];
  return { report, weakest, confusions, kernelMaps, summary: summarise(report, weakest, confusions) };
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

function activationMaps(model: tf.LayersModel, set: ImageSet): KernelClassMap[] {
  const trace = traceModel(model);
  const importance = kernelImportance(model, trace, set, { minConfidence: 0 });
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
