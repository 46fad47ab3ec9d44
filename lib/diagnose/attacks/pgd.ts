import { seedStream } from '../../run/mt19937.js';
import { attackMargin, type AttackTask, gatherImages, imageOf } from './attack-task.js';
import { crossEntropySeeds } from './cross-entropy-seeds.js';
import { keepWithin, moveAlong } from './fgsm.js';
import type { SettingsOf } from './options.js';
import { addDirection, addUniform } from './random-start.js';

/**
 * Projected gradient descent (spec related C1): steps along the sign of the gradient (L2: along the gradient), each
 * projected back into the budget and into 0–1, from a random point within the budget. Of several restarts an image's best
 * result counts, and images that have succeeded take no part in the next one. Without a random start, one step of the
 * budget's size is FGSM.
 */
export async function pgd(task: AttackTask, settings: SettingsOf<'pgd'>): Promise<Float32Array> {
  const { whiteBox, clean, labels, target, size } = task;
  const best = clean.slice();
  const bestMargin = new Float64Array(labels.length).fill(-Infinity);
  let active = Array.from(labels.keys());
  for (let restart = 0; restart < settings.restarts && active.length > 0; restart++) {
    const share = (part: number): Promise<void> => task.pause((restart + part) / settings.restarts);
    const points = await climb(task, settings, restart, active, share);
    const logits = whiteBox.logits(points);
    active.forEach((image, row) => {
      const { margin } = attackMargin(logits, row, whiteBox.classes, labels[image], target);
      if (margin <= bestMargin[image]) return;
      bestMargin[image] = margin;
      best.set(imageOf(points, row, size), image * size);
    });
    active = active.filter((image) => bestMargin[image] <= 0);
  }
  await task.pause(1);
  return best;
}

/** One run of all steps for some of the images, one after the other in the result. */
async function climb(
  task: AttackTask,
  { steps, stepSize, budget, norm, randomStart, stopEarly }: SettingsOf<'pgd'>,
  restart: number,
  images: readonly number[],
  share: (part: number) => Promise<void>,
): Promise<Float32Array> {
  const { whiteBox, labels, target, limits, seed, positions, size } = task;
  const { classes } = whiteBox;
  const clean = gatherImages(task.clean, images, size);
  const points = clean.slice();
  const lengths = limits.map((limit) => (budget === 0 ? 0 : (limit / budget) * stepSize));
  if (randomStart) {
    images.forEach((image, row) => {
      const random = seedStream(seed, `pgd/${restart}/${positions[image]}`);
      const point = imageOf(points, row, size);
      // The share of a ball within r grows with the power of its dimension, so that almost all of it is at its surface.
      if (norm === 'linf') addUniform(point, limits, random);
      else addDirection(point, limits[0] * random.nextDouble() ** (1 / size), random);
      keepWithin(point, imageOf(clean, row, size), norm, limits);
    });
  }
  let climbing = Array.from(images.keys());
  for (let step = 0; step < steps && climbing.length > 0; step++) {
    const own = climbing.map((row) => labels[images[row]]);
    const { logits, gradient } = whiteBox.gradient(gatherImages(points, climbing, size), (z) =>
      crossEntropySeeds(z, own, target),
    );
    const moving = climbing.map((_, i) => !stopEarly || attackMargin(logits, i, classes, own[i], target).margin <= 0);
    climbing.forEach((row, i) => {
      if (!moving[i]) return;
      const point = imageOf(points, row, size);
      moveAlong(point, imageOf(gradient, i, size), norm, lengths);
      keepWithin(point, imageOf(clean, row, size), norm, limits);
    });
    climbing = climbing.filter((_, i) => moving[i]);
    await share((step + 1) / steps);
  }
  return points;
}
