/** What a pass costs beside its images, in images. */
const PASS_COST = 4;

/** Images that are run one after the other, and how much of the work they are for: 1 when all modules see them. */
export interface ImagePart {
  readonly images: number;
  readonly modules: number;
}

/**
 * Images per forward pass when all passes have as many and the last one of every part is filled up: the number that makes
 * the least work.
 * @param most largest number of images per pass
 */
export function imagesPerPass(parts: readonly ImagePart[], most: number): number {
  const cost = (size: number) =>
    parts.reduce((sum, { images, modules }) => sum + modules * Math.ceil(images / size) * (size + PASS_COST), 0);
  let best = Math.max(1, Math.min(most, ...(parts.length ? [Math.max(...parts.map(({ images }) => images))] : [])));
  for (let size = best - 1; size >= 1; size--) if (cost(size) < cost(best)) best = size;
  return best;
}
