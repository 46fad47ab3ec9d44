import type { ImageSet } from '../datasets/dataset.js';
import { subset } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';

/** How many images of each class go to which part. */
export interface ImageShares {
  /** At most, and at most a fifth of them. 0 for none. */
  readonly heldOut: number;
  /** For what follows cutting: at most, and at most a third of the others. 0 for none. */
  readonly finish: number;
  /** At most; null for all that are left. */
  readonly search: number | null;
  /** Whether a class with too few images for every part gives them all to the search, instead of being refused. */
  readonly scarce?: 'refuse' | 'search';
}

/** Images of a split by what they are for. No image is in two parts. */
export interface DividedImages {
  readonly search: ImageSet;
  readonly finish: ImageSet;
  readonly heldOut: ImageSet;
}

/**
 * Deals a set's images out, class by class, as the seed draws them; each part keeps the order of the set.
 * @throws OptionError when a class has too few images for a part that is wanted, unless `scarce` says what then
 */
export function divideImages(images: ImageSet, shares: ImageShares, seed: number): DividedImages {
  const parts: Record<keyof DividedImages, number[]> = { search: [], finish: [], heldOut: [] };
  images.classNames.forEach((name, c) => {
    const own = Array.from(images.labels.keys()).filter((i) => images.labels[i] === c);
    const count = own.length;
    if (shares.scarce === 'search' && count <= Math.sign(shares.heldOut) + Math.sign(shares.finish)) {
      parts.search.push(...own);
      return;
    }
    const heldOut = Math.min(shares.heldOut, Math.max(1, Math.floor(count / 5)));
    const finish = Math.min(shares.finish, Math.max(1, Math.floor((count - heldOut) / 3)));
    if (count - heldOut - finish < 1) {
      throw new OptionError(
        `split: class '${name}' has ${count} images; expected at least ${Math.sign(shares.heldOut) + Math.sign(shares.finish) + 1}, ` +
          'one for each part: to choose kernels by, to finish the modules on, and to hold out. Pass more images, or ' +
          'others as `heldOutImages` and `finishImages`.',
      );
    }
    const dealt = Array.from(seedStream(seed, `split/images/${name}`).permutation(count), (i) => own[i]);
    const rest = dealt.slice(heldOut + finish);
    parts.heldOut.push(...dealt.slice(0, heldOut));
    parts.finish.push(...dealt.slice(heldOut, heldOut + finish));
    parts.search.push(...(shares.search === null ? rest : rest.slice(0, shares.search)));
  });
  const taken = (positions: number[]) =>
    subset(
      images,
      positions.sort((a, b) => a - b),
    );
  return { search: taken(parts.search), finish: taken(parts.finish), heldOut: taken(parts.heldOut) };
}
