import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import { interleaveClasses } from '../../datasets/subset.js';
import { ModelError } from '../../errors.js';
import { outputKind } from '../../models/output-kind.js';
import type { RunOptions } from '../../run/options.js';
import type * as tf from '../../tf.js';
import { createGateGradients } from './gate-gradients.js';
import { imagesOfClasses } from './kernel-importance.js';

/** What {@link gradientImportance} can be told. */
export interface GradientImportanceOptions extends Omit<RunOptions, 'seed'> {
  /**
   * How much an image counts. 'even': as much as any other. 'uncertain': √(p (1 − p)) + 0.02, where p is the class's
   * softmax probability of the image, so that those images count most that a small change of the logit decides. Default
   * 'even'.
   */
  weighting?: 'even' | 'uncertain';
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** Name for the progress events. Default 'gradient importance'. */
  task?: string;
}

/** How much every class's logit depends on every kernel. Plain data. */
export interface GradientImportance {
  /** Group id → one row per class → importance of every unit of the group; 0 in groups that cannot be removed. */
  readonly byGroup: Readonly<Record<string, readonly Float32Array[]>>;
  /** Images that counted, per class. */
  readonly images: readonly number[];
}

/**
 * Importance of every kernel for every class by the gradients of the class's logit: mean |∂z_c / ∂gate| over the images
 * of class c plus the same mean over those of all other classes, where the gate is a factor of 1 on the kernel's map as a
 * layer reads it. To first order it is how far logit c moves when the layer does not see the kernel, on the images that it
 * must recognise and on those that it must refuse. What several layers read, as they do the kernels that additions tie
 * together, counts at each of them: the parts of a large change do not cancel as those of a small one would.
 *
 * The means are weighted where the option `weighting` says so.
 *
 * One forward pass and one backward pass per class; some 20 images of each class are enough to rank kernels.
 *
 * This is not the order of CNNSplitter, which goes by activations: see `kernelImportance`.
 * @param model [batch, height, width, channels] → [batch, classes], logits
 * @throws OptionError when the images do not fit the model, or a class has none; ModelError when the model puts out
 *   probabilities, cannot be traced or has no gradient
 * @throws InterruptedError when the signal fired
 * @example
 * const { byGroup } = await surgery.gradientImportance(strong, validation);
 * const [layer] = Object.keys(byGroup);
 * byGroup[layer][validation.classNames.indexOf('circle')]; // one number per kernel of the layer
 */
export async function gradientImportance(
  model: tf.LayersModel,
  images: ImageSet,
  options: GradientImportanceOptions = {},
): Promise<GradientImportance> {
  await ensureBackend();
  const { batchSize = IMAGES_PER_PASS, onProgress, signal, task = 'gradient importance', weighting = 'even' } = options;
  if (outputKind(model) !== 'logits') {
    throw new ModelError(
      `Gradient importance: model '${model.name}' ends in a softmax or sigmoid, expected logits. Pass \`asLogits(model)\`.`,
    );
  }
  const ofClass = imagesOfClasses(images, model.outputs[0].shape[1]!);
  const classes = images.classNames.map((_, c) => c);
  const gradients = createGateGradients(model);
  const { layout, unitOf } = gradients;
  const gates = unitOf.length;
  const sumsOf = () => classes.map((): WeightedSums => ({ weight: 0, sums: new Float64Array(layout.units) }));
  const [own, rest] = [sumsOf(), sumsOf()];
  try {
    const pass = { task, batchSize, order: interleaveClasses(images), onProgress, signal };
    await passOver(images, pass, ({ x, labels }) => {
      const { logits, byClass } = gradients.run(x, classes);
      byClass.forEach((values, c) => {
        for (const [row, label] of labels.entries()) {
          const z = logits.subarray(row * classes.length, (row + 1) * classes.length);
          const weight = weighting === 'even' ? 1 : uncertainty(z, c);
          addMagnitudes((label === c ? own : rest)[c], values.subarray(row * gates, (row + 1) * gates), unitOf, weight);
        }
      });
    });
    const mean = ({ sums, weight }: WeightedSums, unit: number) => (weight > 0 ? sums[unit] / weight : 0);
    const scores = classes.map((c) =>
      Float64Array.from({ length: layout.units }, (_, unit) => mean(own[c], unit) + mean(rest[c], unit)),
    );
    return { byGroup: layout.byGroup(scores), images: ofClass.map((list) => list.length) };
  } finally {
    gradients.dispose();
  }
}

interface WeightedSums {
  weight: number;
  readonly sums: Float64Array;
}

/** Added to the deviation of a decision, so that images which are sure of theirs count a little. */
const CERTAIN = 0.02;

/** The standard deviation of the decision "class c or not" by the softmax over an image's logits. */
function uncertainty(logits: Float32Array, c: number): number {
  const others = logits.reduce((sum, z, other) => (other === c ? sum : sum + Math.exp(z - logits[c])), 0);
  const p = 1 / (1 + others);
  return Math.sqrt(p * (1 - p)) + CERTAIN;
}

function addMagnitudes(into: WeightedSums, values: Float32Array, unitOf: Int32Array, weight: number): void {
  into.weight += weight;
  for (let gate = 0; gate < values.length; gate++) into.sums[unitOf[gate]] += weight * Math.abs(values[gate]);
}
