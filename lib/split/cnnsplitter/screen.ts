import type { Candidate } from './candidate.js';

/** Weights of accuracy and difference, as in the tournament. */
export interface ScreenWeights {
  readonly accuracyWeight: number;
  readonly diffWeight: number;
}

/** Score of a candidate of a class by the images it has seen. */
export type Screen = (candidate: Candidate, classIndex: number) => number;

/**
 * A surrogate for the tournament's fitness that looks at one candidate alone: what the weighted sum of composed accuracy
 * and mean difference would be if the candidate took its class's place in a given combination. Images that it has not
 * seen yet count as they do with the combination as it is.
 * @param combination one candidate per class, each with all images seen
 * @param labels class index of every image
 * @param order numbers of the images in the order in which candidates see them
 */
export function createScreen(
  combination: readonly Candidate[],
  labels: Int32Array,
  { accuracyWeight, diffWeight }: ScreenWeights,
  order: Int32Array = Int32Array.from(labels.keys()),
): Screen {
  const diff = (a: Candidate, b: Candidate) => 1 - a.kernels.jaccard(b.kernels);
  const others = combination.map((member, c) => {
    const rest = combination.filter((_member, other) => other !== c);
    const top = Float32Array.from(labels, (_label, i) => Math.max(...rest.map(({ logits }) => logits[i])));
    const isRight = (logit: number, i: number) =>
      labels[i] === c ? logit >= top[i] : combination[labels[i]].logits[i] === top[i] && logit < top[i];
    /** Images right with the combination as it is, of those from a place of the order on. */
    const rightFrom = new Int32Array(order.length + 1);
    for (let place = order.length - 1; place >= 0; place--) {
      const i = order[place];
      rightFrom[place] = rightFrom[place + 1] + Number(isRight(member.logits[i], i));
    }
    let diffs = 0;
    rest.forEach((a, x) => rest.slice(x + 1).forEach((b) => (diffs += diff(a, b))));
    return { rest, isRight, rightFrom, diffs };
  });
  const pairs = (combination.length * (combination.length - 1)) / 2;
  return (candidate, classIndex) => {
    const { rest, isRight, rightFrom, diffs } = others[classIndex];
    const { logits, seen } = candidate;
    let hits = rightFrom[seen];
    for (let place = 0; place < seen; place++) hits += Number(isRight(logits[order[place]], order[place]));
    const meanDiff = rest.reduce((sum, member) => sum + diff(candidate, member), diffs) / pairs;
    return accuracyWeight * (hits / Math.max(1, order.length)) + diffWeight * meanDiff;
  };
}
