import { type AttackTask, gatherImages, imageOf, predictedClass } from './attack-task.js';
import type { SettingsOf } from './options.js';
import { clipToRange } from './perturbation.js';

/**
 * DeepFool (spec related C1): the model is taken for linear where the image stands, the nearest of the boundaries to the
 * other classes is found, and the image moved to it and a little further; until the prediction changes. For a linear
 * model the perturbation is (1 + overshoot) times the distance to the boundary, as long as no value leaves 0–1.
 */
export async function deepfool(task: AttackTask, settings: SettingsOf<'deepfool'>): Promise<Float32Array> {
  const { whiteBox, clean, labels, size } = task;
  const { classes } = whiteBox;
  const candidates = Math.min(settings.candidates, classes - 1);
  const points = clean.slice();
  /** Sum of the steps, without the overshoot. */
  const way = new Float64Array(clean.length);
  let active = Array.from(labels.keys());
  for (let step = 0; step < settings.steps && active.length > 0; step++) {
    const batch = gatherImages(points, active, size);
    const nearest = active.map((): Nearest => ({ distance: Infinity, gap: 0, gradient: null }));
    let order: number[][] = [];
    let fooled: boolean[] = [];
    for (let k = 0; k < candidates; k++) {
      const { logits, gradient } = whiteBox.gradient(batch, (z) => {
        if (k === 0) {
          fooled = active.map((image, row) => predictedClass(z, row, classes) !== labels[image]);
          order = active.map((image, row) => otherClasses(z, row, classes, labels[image]));
        }
        const seeds = new Float32Array(z.length);
        active.forEach((image, row) => {
          seeds[row * classes + order[row][k]] = 1;
          seeds[row * classes + labels[image]] = -1;
        });
        return seeds;
      });
      if (fooled.every(Boolean)) break;
      active.forEach((image, row) => {
        const gap = logits[row * classes + labels[image]] - logits[row * classes + order[row][k]];
        keepNearer(nearest[row], gap, imageOf(gradient, row, size), settings.norm);
      });
      await task.pause((step + k / candidates) / settings.steps);
    }
    active.forEach((image, row) => {
      if (fooled[row]) return;
      addStep(way.subarray(image * size, (image + 1) * size), nearest[row], settings.norm);
      for (let i = image * size; i < (image + 1) * size; i++) points[i] = clean[i] + (1 + settings.overshoot) * way[i];
      clipToRange(imageOf(points, image, size));
    });
    active = active.filter((_, row) => !fooled[row]);
  }
  await task.pause(1);
  return points;
}

interface Nearest {
  distance: number;
  /** Of the logits of label and candidate; positive. */
  gap: number;
  /** Of the candidate's logit minus the label's; null while no boundary can be reached. */
  gradient: Float32Array | null;
}

function keepNearer(nearest: Nearest, gap: number, gradient: Float32Array, norm: 'linf' | 'l2'): void {
  const distance = gap / dualNorm(gradient, norm);
  if (!(distance < nearest.distance)) return;
  nearest.distance = distance;
  nearest.gap = gap;
  nearest.gradient = gradient.slice();
}

/** The length that bounds a linear function's rise over a step of length 1: L2 for L2, the sum of magnitudes for L∞. */
function dualNorm(gradient: Float32Array, norm: 'linf' | 'l2'): number {
  let sum = 0;
  for (const value of gradient) sum += norm === 'l2' ? value * value : Math.abs(value);
  return norm === 'l2' ? Math.sqrt(sum) : sum;
}

/** No step but the first is shorter than this share of the way so far: logits next to each other would hold it up. */
const SHORTEST_STEP = 0.01;

/** Adds the shortest step that closes the gap of a linear model. */
function addStep(way: Float64Array, { gap, gradient }: Nearest, norm: 'linf' | 'l2'): void {
  if (!gradient) return;
  const dual = dualNorm(gradient, norm);
  let length = 0;
  for (const value of way) length = norm === 'l2' ? length + value * value : Math.max(length, Math.abs(value));
  if (norm === 'l2') length = Math.sqrt(length);
  const step = Math.max(gap / dual, SHORTEST_STEP * length);
  for (let i = 0; i < way.length; i++) way[i] += step * (norm === 'l2' ? gradient[i] / dual : Math.sign(gradient[i]));
}

/** The classes other than the label by falling logit. */
function otherClasses(logits: Float32Array, row: number, classes: number, label: number): number[] {
  return Array.from({ length: classes }, (_, c) => c)
    .filter((c) => c !== label)
    .sort((a, b) => logits[row * classes + b] - logits[row * classes + a] || a - b);
}
