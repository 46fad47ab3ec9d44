/**
 * Area under the ROC curve of one class's score: how often an image of the class scores higher than another, ties counting half.
 * It asks for no threshold, so scores of any scale can be compared by it.
 * @param scores one per image
 * @param labels class index of every image
 * @returns 0–1, or null where one of the two kinds of image is missing
 */
export function areaUnderCurve(scores: ArrayLike<number>, labels: ArrayLike<number>, target: number): number | null {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
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
  return own === 0 || others === 0 ? null : (ranks - (own * (own + 1)) / 2) / (own * others);
}
