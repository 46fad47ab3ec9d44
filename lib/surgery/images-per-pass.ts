/** What a pass costs beside its images, in images. */
const PASS_COST = 4;

/**
 * Images per forward pass when all passes have as many and the last one of every part is filled up: the number that makes
 * the least work.
 * @param parts numbers of images that are run one part after the other
 * @param most largest number of images per pass
 */
export function imagesPerPass(parts: readonly number[], most: number): number {
  const cost = (size: number) => parts.reduce((sum, part) => sum + Math.ceil(part / size) * (size + PASS_COST), 0);
  let best = Math.max(1, Math.min(most, ...(parts.length ? [Math.max(...parts)] : [])));
  for (let size = best - 1; size >= 1; size--) if (cost(size) < cost(best)) best = size;
  return best;
}
