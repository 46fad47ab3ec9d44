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

/**
 * Area under the ROC curve: how often an image of the class scores higher than another, ties counting half; −1 where one of the two
 * kinds is missing. It asks for no threshold.
 */
export function areaUnderCurve(scores: Float64Array, labels: Int32Array, target: number): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  let [ranks, own] = [0, 0];
  for (let i = 0; i < order.length;) {
    let end = i;
    while (end < order.length && scores[order[end]] === scores[order[i]]) end++;
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) {
      if (labels[order[i]] !== target) continue;
      ranks += rank;
      own++;
    }
  }
  const others = labels.length - own;
  return own === 0 || others === 0 ? -1 : (ranks - (own * (own + 1)) / 2) / (own * others);
}
