import { seedStream } from '../../run/mt19937.js';
import { type AttackTask, imageOf } from './attack-task.js';
import { keepWithin } from './fgsm.js';
import type { SettingsOf } from './options.js';
import { addDirection, addSigns, addUniform } from './random-start.js';

/** Random noise within the budget, kept within 0–1: what a perturbation of this size does that knows nothing of the model. */
export async function noise(task: AttackTask, settings: SettingsOf<'noise'>): Promise<Float32Array> {
  const { clean, positions, limits, seed, size } = task;
  const noisy = clean.slice();
  positions.forEach((position, i) => {
    const image = imageOf(noisy, i, size);
    const random = seedStream(seed, `noise/${position}`);
    if (settings.distribution === 'uniform') addUniform(image, limits, random);
    else if (settings.distribution === 'sign') addSigns(image, limits, random);
    else addDirection(image, limits[0], random);
    keepWithin(image, imageOf(clean, i, size), settings.norm, limits);
  });
  await task.pause(1);
  return noisy;
}
