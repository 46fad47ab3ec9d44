import type { Candidate } from './candidate.js';

/**
 * Numbers of the images from the most to the least contested: by the distance between the two highest logits of a
 * combination, one module per class. Exchanging one of its modules for a similar one changes the composed prediction of
 * contested images first, so that they tell the most about which of several modules is better.
 * @param combination one candidate per class, each with all images seen
 * @param images number of images
 */
export function contestedFirst(combination: readonly Candidate[], images: number): Int32Array {
  const margins = Float32Array.from({ length: images }, (_, i) => {
    const [first, second = -Infinity] = combination.map(({ logits }) => logits[i]).sort((a, b) => b - a);
    return first - second;
  });
  return Int32Array.from(margins.keys()).sort((a, b) => margins[a] - margins[b] || a - b);
}
