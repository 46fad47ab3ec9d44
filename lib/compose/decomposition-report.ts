import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import { OptionError } from '../errors.js';
import { topKAccuracy } from '../metrics/top-k.js';
import { marginsOf } from '../surgery/nodes/module-margins.js';
import type { NodeModuleParts } from '../surgery/nodes/node-module-parts.js';
import { createNodeNetwork, type NodeNetwork } from '../surgery/nodes/node-network.js';
import { createSharedPasses } from '../surgery/nodes/shared-passes.js';
import type * as tf from '../tf.js';
import type { EvaluateOptions } from '../training/evaluate.js';

/** What a decomposition costs, as in the paper's first table and beyond. Ratios, 0–1. Plain data. */
export interface DecompositionReport {
  readonly images: number;
  readonly model: { readonly top1: number; readonly top5: number | null };
  /** All modules side by side, ranked by margin. top5 is null with five classes or fewer. */
  readonly composed: { readonly top1: number; readonly top5: number | null };
  /** Share of images on which a module's masked network, with all its outputs, answers as the model; mean over the modules. */
  readonly agreement: number;
  /** Share of its own images that a module says yes to, and of the others; means over the modules. */
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
}

/**
 * Compares a model with all its modules side by side (spec decompose §3.8, §10).
 * @param modules of the model, one per class
 * @param images that nothing was observed on
 * @throws OptionError when there is not one module for every class; ModelError when a module belongs to another model;
 *   InterruptedError on `signal`
 */
export async function decompositionReport(
  model: tf.LayersModel,
  modules: Readonly<Record<string, NodeModuleParts>>,
  images: ImageSet,
  options: EvaluateOptions = {},
): Promise<DecompositionReport> {
  await ensureBackend();
  const { batchSize = IMAGES_PER_PASS, onProgress, signal, task = 'evaluate' } = options;
  const missing = images.classNames.find((name) => !Object.hasOwn(modules, name));
  if (missing !== undefined) {
    throw new OptionError(`decompositionReport: expected a module for every class, got none for '${missing}'.`);
  }
  const own = images.classNames.map((name) => modules[name]);
  const classes = own.length;
  const total = images.labels.length;
  const network = createNodeNetwork(model);
  try {
    const passes = createSharedPasses(model, own);
    try {
      const logits = new Float64Array(total * classes);
      const margins = new Float64Array(total * classes);
      let agreeing = 0;
      await passOver(images, { task, batchSize, onProgress, signal }, ({ x, labels }, done) => {
        const features = network.run(x);
        const whole = logitsOf(network, features.dataSync<'float32'>());
        features.dispose();
        logits.set(whole, done * classes);
        const shared = passes.run(x);
        const masked = logitsOf(network, shared.features);
        own.forEach((module, m) => {
          const values = marginsOf(module, shared.features);
          for (let i = 0; i < labels.length; i++) {
            const pass = shared.passOf[i * classes + m];
            margins[(done + i) * classes + m] = values[pass];
            if (winner(masked, pass, classes) === winner(whole, i, classes)) agreeing++;
          }
        });
      });
      const accuracy = (scores: Float64Array) => ({
        top1: topKAccuracy(scores, images.labels, classes, 1),
        top5: classes > 5 ? topKAccuracy(scores, images.labels, classes, 5) : null,
      });
      return {
        images: total,
        model: accuracy(logits),
        composed: accuracy(margins),
        agreement: agreeing / total / classes,
        ...yesRates(margins, images.labels, classes),
      };
    } finally {
      passes.dispose();
    }
  } finally {
    network.dispose();
  }
}

/** The intact output layer in double precision: [rows, features] → [rows, classes]. */
function logitsOf({ outputWeights, outputBias, features, classes }: NodeNetwork, values: Float32Array): Float64Array {
  const rows = values.length / features;
  const logits = new Float64Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < classes; c++) {
      let z = outputBias[c];
      for (let f = 0; f < features; f++) z += values[i * features + f] * outputWeights[f * classes + c];
      logits[i * classes + c] = z;
    }
  }
  return logits;
}

function winner(scores: Float64Array, row: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[row * classes + c] > scores[row * classes + best]) best = c;
  return best;
}

/** A module says yes when its own logit is at least the other's. */
function yesRates(
  margins: Float64Array,
  labels: Int32Array,
  classes: number,
): Pick<DecompositionReport, 'recall' | 'falsePositiveRate'> {
  const mean = (own: boolean) => {
    const rates: number[] = [];
    for (let c = 0; c < classes; c++) {
      const rows = [...labels.keys()].filter((i) => (labels[i] === c) === own);
      if (rows.length > 0) rates.push(rows.filter((i) => margins[i * classes + c] >= 0).length / rows.length);
    }
    return rates.length > 0 ? rates.reduce((sum, rate) => sum + rate, 0) / rates.length : null;
  };
  return { recall: mean(true), falsePositiveRate: mean(false) };
}
