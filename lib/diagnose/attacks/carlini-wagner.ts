import { attackMargin, type AttackTask, imageOf } from './attack-task.js';
import type { SettingsOf } from './options.js';
import { l2Distance } from './perturbation.js';

/** Keeps a white or black pixel's tanh variable finite. */
const INSIDE = 1 - 1e-6;
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** The trade-off is multiplied by this while no value of it has succeeded. */
const GROWTH = 10;

/** The search for one image. */
interface Search {
  readonly image: number;
  c: number;
  low: number;
  high: number;
  /** Length of the shortest success. */
  shortest: number;
  /** Whether the present c has succeeded. */
  succeeded: boolean;
  /** tanh variable and Adam's moments. */
  readonly w: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

/**
 * Carlini and Wagner's L2 attack (spec related C1): Adam (at a falling rate) on w, where the image is (tanh w + 1) / 2 and so always within 0–1,
 * of |image − clean|² + c · max(−margin, −confidence), margin being that of the wrong class's logit; c is found by bisection
 * per image. An image that never succeeds stays clean.
 */
export async function carliniWagner(task: AttackTask, settings: SettingsOf<'cw'>): Promise<Float32Array> {
  const { clean, labels, size } = task;
  const best = clean.slice();
  const searches = Array.from(labels, (_, image): Search => {
    const vector = () => new Float64Array(size);
    const found = { shortest: Infinity, succeeded: false };
    const bounds = { c: settings.initialC, low: 0, high: Infinity };
    return { image, ...bounds, ...found, w: vector(), mean: vector(), square: vector() };
  });
  for (let round = 0; round < settings.searches; round++) {
    for (const search of searches) restart(search, imageOf(clean, search.image, size));
    await descend(task, settings, searches, best, (share) => task.pause((round + share) / settings.searches));
    for (const search of searches) {
      if (search.succeeded) search.high = search.c;
      else search.low = search.c;
      search.c = search.high < Infinity ? (search.low + search.high) / 2 : GROWTH * search.c;
    }
  }
  await task.pause(1);
  return best;
}

function restart(search: Search, clean: Float32Array): void {
  for (let i = 0; i < clean.length; i++) search.w[i] = Math.atanh((2 * clean[i] - 1) * INSIDE);
  search.mean.fill(0);
  search.square.fill(0);
  search.succeeded = false;
}

/** One descent of every image with its present c; better successes go into `best`. */
async function descend(
  task: AttackTask,
  { steps, learningRate, confidence }: SettingsOf<'cw'>,
  searches: readonly Search[],
  best: Float32Array,
  share: (part: number) => Promise<void>,
): Promise<void> {
  const { whiteBox, clean, labels, target, size } = task;
  const { classes } = whiteBox;
  for (let step = 1; step <= steps; step++) {
    const rate = learningRate * (1 - (step - 1) / steps);
    const points = new Float32Array(searches.length * size);
    searches.forEach(({ w }, row) => w.forEach((value, i) => (points[row * size + i] = (Math.tanh(value) + 1) / 2)));
    let margins: { margin: number; rival: number }[] = [];
    const { gradient } = whiteBox.gradient(points, (z) => {
      margins = searches.map(({ image }, row) => attackMargin(z, row, classes, labels[image], target));
      return marginSeeds(searches, margins, task, confidence);
    });
    searches.forEach((search, row) => {
      const [point, origin] = [imageOf(points, row, size), imageOf(clean, search.image, size)];
      const length = l2Distance(point, origin);
      keepShorter(search, margins[row].margin, confidence, point, length, best);
      adamStep(search, imageOf(gradient, row, size), point, origin, rate, step);
    });
    await share(step / steps);
  }
}

/** ∂(c · max(−margin, −confidence))/∂logits per image. */
function marginSeeds(
  searches: readonly Search[],
  margins: readonly { margin: number; rival: number }[],
  { whiteBox: { classes }, labels, target }: AttackTask,
  confidence: number,
): Float32Array {
  const seeds = new Float32Array(searches.length * classes);
  searches.forEach(({ image, c }, row) => {
    const { margin, rival } = margins[row];
    if (margin > confidence) return;
    const sign = target === null ? 1 : -1;
    seeds[row * classes + (target ?? labels[image])] = sign * c;
    seeds[row * classes + rival] = -sign * c;
  });
  return seeds;
}

function keepShorter(
  search: Search,
  margin: number,
  confidence: number,
  point: Float32Array,
  length: number,
  best: Float32Array,
): void {
  if (!(margin > 0 && margin >= confidence)) return;
  search.succeeded = true;
  if (length >= search.shortest) return;
  search.shortest = length;
  best.set(point, search.image * point.length);
}

/** @param gradient of the margin's term with respect to the image */
function adamStep(
  { w, mean, square }: Search,
  gradient: Float32Array,
  point: Float32Array,
  clean: Float32Array,
  learningRate: number,
  step: number,
): void {
  const [meanCorrection, squareCorrection] = [1 - BETA1 ** step, 1 - BETA2 ** step];
  for (let i = 0; i < w.length; i++) {
    const slope = 2 * point[i] * (1 - point[i]); // of the image in w: (1 − tanh²) / 2
    const g = (2 * (point[i] - clean[i]) + gradient[i]) * slope;
    mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
    square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
    w[i] -= (learningRate * (mean[i] / meanCorrection)) / (Math.sqrt(square[i] / squareCorrection) + EPSILON);
  }
}
