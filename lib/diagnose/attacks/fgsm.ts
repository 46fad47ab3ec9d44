import { type AttackTask, imageOf } from './attack-task.js';
import { crossEntropySeeds } from './cross-entropy-seeds.js';
import type { SettingsOf } from './options.js';
import { projectL2, projectLinf } from './perturbation.js';

/**
 * The fast gradient sign method (spec related C1): clean + budget · sign(∂loss/∂image), kept within 0–1; for an L2 budget
 * clean + budget · gradient / |gradient|.
 */
export async function fgsm(task: AttackTask, settings: SettingsOf<'fgsm'>): Promise<Float32Array> {
  const { whiteBox, clean, labels, target, limits, size } = task;
  const { gradient } = whiteBox.gradient(clean, (logits) => crossEntropySeeds(logits, labels, target));
  const adversarial = clean.slice();
  for (let i = 0; i < labels.length; i++) {
    const image = imageOf(adversarial, i, size);
    moveAlong(image, imageOf(gradient, i, size), settings.norm, limits);
    keepWithin(image, imageOf(clean, i, size), settings.norm, limits);
  }
  await task.pause(1);
  return adversarial;
}

/** Moves an image by `lengths` per channel along the gradient's sign, or (L2) by the first of them along the gradient. */
export function moveAlong(
  image: Float32Array,
  gradient: Float32Array,
  norm: 'linf' | 'l2',
  lengths: readonly number[],
): void {
  if (norm === 'linf') {
    for (let i = 0; i < image.length; i++) image[i] += lengths[i % lengths.length] * Math.sign(gradient[i]);
    return;
  }
  let largest = 0;
  for (const value of gradient) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return;
  // Scaled first: the squares of small gradients are no float32 numbers, and there is no need to rely on float64's range.
  let sum = 0;
  for (const value of gradient) sum += (value / largest) ** 2;
  const scale = lengths[0] / (largest * Math.sqrt(sum));
  for (let i = 0; i < image.length; i++) image[i] += scale * gradient[i];
}

/** Projects one image into the budget around the clean one and into 0–1. */
export function keepWithin(
  image: Float32Array,
  clean: Float32Array,
  norm: 'linf' | 'l2',
  limits: readonly number[],
): void {
  if (norm === 'linf') projectLinf(image, clean, limits);
  else projectL2(image, clean, limits[0]);
}
