/**
 * F1 of "score above 0" as a yes for the class; −1 where neither an image of the class nor a yes is there.
 * @param scores log odds, one per image
 */
export function f1AboveHalf(scores: Float64Array, labels: Int32Array, target: number): number {
  let [hits, wrong] = [0, 0];
  scores.forEach((score, i) => {
    const yes = score > 0;
    const own = labels[i] === target;
    if (yes && own) hits++;
    else if (yes !== own) wrong++;
  });
  return hits + wrong === 0 ? -1 : (2 * hits) / (2 * hits + wrong);
}
