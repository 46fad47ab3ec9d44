import type { Candidate } from './candidate.js';

/** Weights of accuracy and difference, as in the tournament. */
export interface FitnessWeights {
  readonly accuracyWeight: number;
  readonly diffWeight: number;
}

/** Score of a candidate of a class on the images it has seen. */
export type SurrogateFitness = (candidate: Candidate, classIndex: number) => number;

/**
 * A surrogate for the tournament's fitness that looks at one candidate alone: what the weighted sum of composed accuracy
 * and mean difference would be if the candidate took its class's place in a given combination.
 * @param combination one candidate per class, each with all images seen
 * @param labels class index of every image
 */
export function createSurrogateFitness(
  combination: readonly Candidate[],
  labels: Int32Array,
  { accuracyWeight, diffWeight }: FitnessWeights,
): SurrogateFitness {
  const diff = (a: Candidate, b: Candidate) => 1 - a.kernels.jaccard(b.kernels);
  const others = combination.map((_, c) => {
    const rest = combination.filter((_member, other) => other !== c);
    const top = Float32Array.from(labels, (_label, i) => Math.max(...rest.map(({ logits }) => logits[i])));
    let diffs = 0;
    rest.forEach((a, x) => rest.slice(x + 1).forEach((b) => (diffs += diff(a, b))));
    return { rest, top, diffs };
  });
  const pairs = (combination.length * (combination.length - 1)) / 2;
  return (candidate, classIndex) => {
    const { rest, top, diffs } = others[classIndex];
    const { logits, seen } = candidate;
    let hits = 0;
    for (let i = 0; i < seen; i++) {
      const label = labels[i];
      if (label === classIndex) hits += logits[i] >= top[i] ? 1 : 0;
      else if (combination[label].logits[i] === top[i] && logits[i] < top[i]) hits++;
    }
    const meanDiff = rest.reduce((sum, member) => sum + diff(candidate, member), diffs) / pairs;
    return accuracyWeight * (hits / Math.max(1, seen)) + diffWeight * meanDiff;
  };
}
