import { ensureBackend } from '../../backend/ensure-backend.js';
import { checkImageSet } from '../../datasets/check-image-set.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import { OptionError } from '../../errors.js';
import { outputKind } from '../../models/output-kind.js';
import type { RunOptions } from '../../run/options.js';
import * as tf from '../../tf.js';
import type { ChannelGroup, ModelTrace } from '../trace/trace.js';
import { compileInference } from './inference.js';

/** What {@link kernelImportance} can be told. */
export interface KernelImportanceOptions extends Omit<RunOptions, 'seed'> {
  /** An image counts when the model gives its own class at least this probability. Default 0.9. */
  minConfidence?: number;
  /**
   * Which map shows a kernel: the one after the activation, as spec cnnsplitter §2.1 takes for SimCNN, or the one after
   * the pooling that follows it where one does, as it takes for ResCNN. Default 'activation'.
   */
  readout?: 'activation' | 'pooled';
  /** Images per forward pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** Name for the progress events. Default 'kernel importance'. */
  task?: string;
}

/** How much every kernel answers to every class. */
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
 * Importance of every kernel for every class: the sum over its activation map (its L1 norm), averaged over the class's
 * confidently recognised images (spec cnnsplitter §2.1). Kernels tied by an addition share the map of the sum. Where no
 * image of a class passes the filter the reference crashes; here the most confident ones count.
 * @throws OptionError when the model's classes are not the set's, or a class has no image at all
 * @throws InterruptedError when the signal fired
 */
export async function kernelImportance(
  model: tf.LayersModel,
  trace: ModelTrace,
  set: ImageSet,
  options: KernelImportanceOptions = {},
): Promise<KernelImportance> {
  await ensureBackend();
  const { minConfidence = 0.9, readout = 'activation', batchSize = IMAGES_PER_PASS, onProgress, signal } = options;
  const { task = 'kernel importance' } = options;
  const ofClass = imagesOfClasses(set, trace.classes);
  const groups = trace.groups;
  const mapOf = (group: ChannelGroup) =>
    readout === 'pooled' ? (group.pooledReadout ?? group.readout) : group.readout;
  const maps = [...new Set(groups.map(mapOf))];
  const toProbabilities = outputKind(model) === 'logits' ? tf.softmax<tf.Tensor2D> : (y: tf.Tensor2D) => y.clone();
  const images = set.labels.length;
  const confidence = new Float32Array(images);
  /** Per map: [images · channels] sums over it. */
  const mass: Record<string, { values: Float32Array; channels: number }> = {};
  const compiled = compileInference(model, { maps });
  try {
    await passOver(set, { task, batchSize, onProgress, signal }, ({ x, labels, indices }) => {
      tf.tidy(() => {
        const { output, maps: shown } = compiled.predictWithMaps(x);
        const p = toProbabilities(output).dataSync();
        labels.forEach((label, row) => (confidence[indices[row]] = p[row * output.shape[1] + label]));
        for (const name of maps) {
          const channels = shown[name].shape[3]!;
          const sums = tf.sum(tf.abs(shown[name]), [1, 2]).dataSync<'float32'>();
          mass[name] ??= { values: new Float32Array(images * channels), channels };
          mass[name].values.set(sums, indices[0] * channels);
        }
      });
    });
  } finally {
    compiled.dispose();
  }

  const fallback: string[] = [];
  const chosen = ofClass.map((own, c) => {
    const confident = own.filter((i) => confidence[i] >= minConfidence);
    if (confident.length > 0) return confident;
    fallback.push(set.classNames[c]);
    return own.sort((a, b) => confidence[b] - confidence[a]).slice(0, FALLBACK_IMAGES);
  });

  const byGroup: Record<string, Float32Array[]> = {};
  for (const group of groups) {
    const { values, channels } = mass[mapOf(group)];
    byGroup[group.id] = chosen.map((own) => {
      const importance = new Float32Array(group.units.length);
      for (let u = 0; u < importance.length; u++) {
        const channel = group.readoutChannels[u];
        if (channel < 0) continue; // shown by no single map: stays at 0, the least important
        let sum = 0;
        for (const i of own) sum += values[i * channels + channel];
        importance[u] = sum / own.length;
      }
      return importance;
    });
  }
  return { byGroup, images: chosen.map((list) => list.length), fallback };
}

/** Positions of every class's images. @throws OptionError when a class has none, or there are other classes than the model's */
export function imagesOfClasses(set: ImageSet, modelClasses: number): number[][] {
  checkImageSet(set);
  const { classNames, labels } = set;
  if (classNames.length !== modelClasses) {
    throw new OptionError(
      `Kernel importance: the model puts out ${modelClasses} classes, the images have ${classNames.length} ` +
        `(${classNames.slice(0, 12).join(', ')}).`,
    );
  }
  const ofClass = classNames.map((): number[] => []);
  labels.forEach((label, i) => ofClass[label].push(i));
  const missing = ofClass.findIndex((own) => own.length === 0);
  if (missing >= 0) {
    throw new OptionError(`Kernel importance needs images of every class; there is none of '${classNames[missing]}'.`);
  }
  return ofClass;
}
