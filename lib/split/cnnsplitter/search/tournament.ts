import { OptionError } from '../../../errors.js';
import type { MT19937 } from '../../../run/mt19937.js';
import { mostAccurate } from './most-accurate.js';

/** Combinations that `pruning: 'none'` carries at most. */
const UNPRUNED_LIMIT = 1e6;

/** What the tournament needs of one class's candidates. */
export interface ClassCandidates {
  readonly classIndex: number;
  /** Per candidate: its own class's logit on every validation image. */
  readonly logits: readonly Float32Array[];
}

export interface TournamentOptions {
  /** See the setting of this name. Default 'accuracy'. */
  readonly pruning?: 'accuracy' | 'random' | 'none';
  /** Accuracy from which a combination is kept, per round; the last value serves all later rounds. */
  readonly keepAccuracy: readonly number[];
  /** Bounds of the number of combinations kept per round. */
  readonly keepAtLeast: number;
  readonly keepAtMost: number;
  /** Weight of accuracy in the fitness; `diffWeight` is that of the mean 1 − Jaccard. */
  readonly accuracyWeight: number;
  readonly diffWeight: number;
  /** Always carried to the end: one candidate per class, in the order of `classes`. */
  readonly incumbent?: readonly number[];
}

export interface TournamentResult {
  /** Per class (in the order given) the fitness of every candidate; 0 when no surviving combination contains it. */
  readonly fitness: readonly Float64Array[];
  /** Best combination: one candidate per class, in the order given. */
  readonly best: { readonly candidates: readonly number[]; readonly accuracy: number; readonly diff: number };
}

interface Combination {
  /** Candidate per class position, −1 where the class is not in yet. */
  readonly candidates: Int16Array;
  readonly accuracy: number;
  readonly diff: number;
  readonly fitness: number;
  /** Highest logit of the members on every validation image. */
  readonly top: Float32Array;
  /** The same where the member of the image's own class holds it, else −Infinity. Only images of the member classes. */
  readonly ownTop: Float32Array;
}

/** Classes that have been combined so far, with the surviving combinations. */
interface Bracket {
  readonly classes: readonly number[];
  readonly combinations: readonly Combination[];
}

/**
 * Pruned tournament over combinations of candidates, one per class (spec cnnsplitter §2.8). Brackets are paired round
 * by round; every pair's Cartesian product is scored by the accuracy of the composed argmax on the validation images of
 * the classes concerned, cut to the most accurate, and ranked by `accuracyWeight·accuracy + diffWeight·diff`.
 *
 * The maximum of a union is the larger of two maxima, so a round costs one comparison per image and pair,
 * whatever the number of classes. Of equal logits the bracket that comes first wins.
 *
 * @param labels class index of every validation image
 * @param pairDiff 1 − Jaccard of the kernel sets of candidate `a` of class position `i` and candidate `b` of position `j`
 */
export function tournament(
  classes: readonly ClassCandidates[],
  labels: Int32Array,
  pairDiff: (i: number, a: number, j: number, b: number) => number,
  options: TournamentOptions,
  rng: MT19937,
): TournamentResult {
  if (classes.length < 2) throw new OptionError(`A split needs at least 2 classes, got ${classes.length}.`);
  const imagesOf = classes.map(({ classIndex }) => {
    const images: number[] = [];
    labels.forEach((label, i) => label === classIndex && images.push(i));
    return Int32Array.from(images);
  });
  const order = rng.permutation(classes.length);
  let brackets: Bracket[] = Array.from(order, (position) => ({
    classes: [position],
    combinations: classes[position].logits.map((logits, candidate) =>
      single(classes.length, position, candidate, logits),
    ),
  }));

  for (let round = 0; brackets.length > 1; round++) {
    const keepAccuracy = options.keepAccuracy[Math.min(round, options.keepAccuracy.length - 1)];
    const next: Bracket[] = [];
    for (let b = 0; b + 1 < brackets.length; b += 2) {
      next.push(pair(brackets[b], brackets[b + 1], imagesOf, pairDiff, keepAccuracy, options, rng));
    }
    if (brackets.length % 2 === 1) next.push(brackets[brackets.length - 1]);
    brackets = next;
  }

  const fitness = classes.map(({ logits }) => new Float64Array(logits.length));
  for (const combination of brackets[0].combinations) {
    combination.candidates.forEach((candidate, position) => {
      fitness[position][candidate] = Math.max(fitness[position][candidate], combination.fitness);
    });
  }
  const best = brackets[0].combinations.reduce((a, b) => (b.fitness > a.fitness ? b : a));
  return {
    fitness,
    best: { candidates: Array.from(best.candidates), accuracy: best.accuracy, diff: best.diff },
  };
}

function single(classCount: number, position: number, candidate: number, logits: Float32Array): Combination {
  const candidates = new Int16Array(classCount).fill(-1);
  candidates[position] = candidate;
  return { candidates, accuracy: 1, diff: 0, fitness: 0, top: logits, ownTop: logits };
}

function pair(
  left: Bracket,
  right: Bracket,
  imagesOf: readonly Int32Array[],
  pairDiff: (i: number, a: number, j: number, b: number) => number,
  keepAccuracy: number,
  options: TournamentOptions,
  rng: MT19937,
): Bracket {
  const classes = [...left.classes, ...right.classes];
  const leftImages = concatenated(left.classes.map((position) => imagesOf[position]));
  const rightImages = concatenated(right.classes.map((position) => imagesOf[position]));
  const images = leftImages.length + rightImages.length;
  const columns = right.combinations.length;
  const { incumbent, pruning = 'accuracy' } = options;

  const hits = countHits(left.combinations, right.combinations, leftImages, rightImages);
  const kept = pruned(hits, images, keepAccuracy, pruning, options, rng);
  if (incumbent) {
    const row = (bracket: Bracket) =>
      bracket.combinations.findIndex(({ candidates }) =>
        bracket.classes.every((position) => candidates[position] === incumbent[position]),
      );
    const [a, b] = [row(left), row(right)];
    if (a >= 0 && b >= 0 && !kept.includes(a * columns + b)) kept.push(a * columns + b);
  }

  const combinations = kept.map((product): Combination => {
    const a = left.combinations[Math.floor(product / columns)];
    const b = right.combinations[product % columns];
    const accuracy = images === 0 ? 0 : hits[product] / images;
    const candidates = a.candidates.map((candidate, position) => Math.max(candidate, b.candidates[position]));
    const diff = meanPairDiff(classes, candidates, pairDiff);
    const fitness = options.accuracyWeight * accuracy + options.diffWeight * diff;
    const top = a.top.map((value, i) => Math.max(value, b.top[i]));
    const ownTop = new Float32Array(top.length).fill(-Infinity);
    for (const i of leftImages) if (a.ownTop[i] >= b.top[i]) ownTop[i] = a.ownTop[i];
    for (const i of rightImages) if (b.ownTop[i] > a.top[i]) ownTop[i] = b.ownTop[i];
    return { candidates, accuracy, diff, fitness, top, ownTop };
  });
  combinations.sort((x, y) => y.fitness - x.fitness);
  return { classes, combinations };
}

/**
 * Images that each combination of a left and a right one gets right: product number → count. Rows are gathered first, so
 * that the inner loops run over neighbouring numbers.
 */
function countHits(
  left: readonly Combination[],
  right: readonly Combination[],
  leftImages: Int32Array,
  rightImages: Int32Array,
): Int32Array {
  const gather = (from: Float32Array, images: Int32Array) => Float32Array.from(images, (i) => from[i]);
  const rights = right.map(({ top, ownTop }) => ({ top: gather(top, leftImages), own: gather(ownTop, rightImages) }));
  const hits = new Int32Array(left.length * right.length);
  let product = 0;
  for (const { top, ownTop } of left) {
    const own = gather(ownTop, leftImages);
    const topElsewhere = gather(top, rightImages);
    for (const other of rights) hits[product++] = countAtLeast(own, other.top) + countAbove(other.own, topElsewhere);
  }
  return hits;
}

function countAtLeast(a: Float32Array, b: Float32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) count += Number(a[i] >= b[i]); // no branch, so none to mispredict
  return count;
}

function countAbove(a: Float32Array, b: Float32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) count += Number(a[i] > b[i]);
  return count;
}

/** Numbers of the product's elements that go on to the next round. */
function pruned(
  hits: Int32Array,
  images: number,
  keepAccuracy: number,
  pruning: 'accuracy' | 'random' | 'none',
  { keepAtLeast, keepAtMost }: TournamentOptions,
  rng: MT19937,
): number[] {
  if (pruning === 'random')
    return Array.from(rng.permutation(hits.length).subarray(0, keepAtMost)).sort((a, b) => a - b);
  if (pruning === 'none') {
    if (hits.length > UNPRUNED_LIMIT) {
      throw new OptionError(
        `pruning: 'none' would carry ${hits.length.toLocaleString('en')} combinations; expected at most ` +
          `${UNPRUNED_LIMIT.toLocaleString('en')}. Take fewer candidates or classes, or 'random'.`,
      );
    }
    return Array.from(hits.keys());
  }
  const good = hits.reduce((sum, count) => sum + (images > 0 && count / images >= keepAccuracy ? 1 : 0), 0);
  return mostAccurate(hits, images, Math.max(keepAtLeast, Math.min(keepAtMost, good)));
}

function concatenated(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

function meanPairDiff(
  classes: readonly number[],
  candidates: ArrayLike<number>,
  pairDiff: (i: number, a: number, j: number, b: number) => number,
): number {
  let sum = 0;
  let pairs = 0;
  for (let x = 0; x < classes.length; x++) {
    for (let y = x + 1; y < classes.length; y++) {
      sum += pairDiff(classes[x], candidates[classes[x]], classes[y], candidates[classes[y]]);
      pairs++;
    }
  }
  return sum / pairs;
}
