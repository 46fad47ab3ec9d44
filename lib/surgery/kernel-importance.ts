import * as tf from '../tf.js';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import { outputKind } from '../models/output-kind.js';
import { compileInference } from './inference.js';
import type { ModelTrace } from './trace.js';

export interface KernelImportanceOptions {
  /** An image counts when the model gives its own class at least this probability. Default 0.9. */
  minConfidence?: number;
  batchSize?: number;
}

export interface KernelImportance {
  /** Group id → one row per class → importance of every unit of the group. */
  readonly byGroup: Readonly<Record<string, readonly Float32Array[]>>;
  /** Images that counted, per class. */
  readonly images: readonly number[];
  /** Classes without any confident image: their ten most confident images were taken instead. */
  readonly fallback: readonly string[];
}

const FALLBACK_IMAGES = 10;

/**
 * Importance of every kernel for every class: the sum over the activation map after ReLU (its L1 norm), averaged over
 * the class's confidently recognised images (spec cnnsplitter §2.1). Kernels tied by an addition share the map of the
 * sum. Where no image of a class passes the filter the reference crashes; here the most confident ones count.
 * @throws OptionError when a class has no image at all
 */
export function kernelImportance(
  model: tf.LayersModel,
  trace: ModelTrace,
  set: ImageSet,
  options: KernelImportanceOptions = {},
): KernelImportance {
  const { minConfidence = 0.9, batchSize = 125 } = options;
  const classes = set.classNames.length;
  const groups = trace.groups;
  const readouts = [...new Set(groups.map((group) => group.readout))];
  const compiled = compileInference(model, { maps: readouts });
  const probabilities = outputKind(model) === 'logits' ? tf.softmax<tf.Tensor2D> : (y: tf.Tensor2D) => y.clone();
  const confidence = new Float32Array(set.labels.length);
  /** Per readout: [images · channels] sums over the map. */
  const mass: Record<string, { values: Float32Array; channels: number }> = {};
  try {
    for (const { x, labels, indices } of batches(set, { batchSize })) {
      tf.tidy(() => {
        const { output, maps } = compiled.predictWithMaps(x);
        const p = probabilities(output).dataSync();
        labels.forEach((label, row) => (confidence[indices[row]] = p[row * output.shape[1] + label]));
        for (const name of readouts) {
          const channels = maps[name].shape[3]!;
          const sums = tf.sum(tf.abs(maps[name]), [1, 2]).dataSync<'float32'>();
          mass[name] ??= { values: new Float32Array(set.labels.length * channels), channels };
          mass[name].values.set(sums, indices[0] * channels);
        }
      });
      x.dispose();
    }
  } finally {
    compiled.dispose();
  }

  const fallback: string[] = [];
  const chosen = set.classNames.map((className, c) => {
    const own: number[] = [];
    for (let i = 0; i < set.labels.length; i++) if (set.labels[i] === c) own.push(i);
    if (own.length === 0) {
      throw new OptionError(`Kernel importance needs images of every class; there is none of '${className}'.`);
    }
    const confident = own.filter((i) => confidence[i] >= minConfidence);
    if (confident.length > 0) return confident;
    fallback.push(className);
    return own.sort((a, b) => confidence[b] - confidence[a]).slice(0, FALLBACK_IMAGES);
  });

  const byGroup: Record<string, Float32Array[]> = {};
  for (const group of groups) {
    const { values, channels } = mass[group.readout];
    byGroup[group.id] = Array.from({ length: classes }, (_, c) => {
      const importance = new Float32Array(group.units.length);
      for (let u = 0; u < importance.length; u++) {
        const channel = group.readoutChannels[u];
        if (channel < 0) continue; // shown by no single map: stays at 0, the least important
        let sum = 0;
        for (const i of chosen[c]) sum += values[i * channels + channel];
        importance[u] = sum / chosen[c].length;
      }
      return importance;
    });
  }
  return { byGroup, images: chosen.map((list) => list.length), fallback };
}
