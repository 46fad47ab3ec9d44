import { DataError } from '../errors.js';
import type { ImageSet, Normalisation } from './dataset.js';
import { resizeSet, toRgb } from './resize.js';

/** What a network takes. */
export interface ImageInput {
  /** [height, width, channels]; null where any size will do. */
  readonly imageShape: readonly (number | null)[];
  readonly normalisation: Normalisation;
}

/** What {@link adaptImages} can be told. */
export interface AdaptOptions {
  /** Resize images and triple a grey channel where the network wants that. Default false: such images are refused. */
  resize?: boolean;
}

/**
 * A set as a network takes it. Images are stored as bytes, so another normalisation is exact; another size or number of channels
 * changes what is seen, and is adapted only on request.
 * @throws DataError when size or channels differ and `resize` is not set, or colours would have to become grey
 */
export function adaptImages(set: ImageSet, input: ImageInput, options: AdaptOptions = {}): ImageSet {
  const [height, width] = [input.imageShape[0] ?? set.imageShape[0], input.imageShape[1] ?? set.imageShape[1]];
  const wanted = [height, width, input.imageShape[2] ?? set.imageShape[2]];
  let adapted = set;
  if (wanted.some((size, i) => size !== set.imageShape[i])) {
    const what = `adaptImages: expected images of ${wanted.join('×')}, got ${set.imageShape.join('×')}.`;
    if (wanted[2] !== set.imageShape[2] && !(wanted[2] === 3 && set.imageShape[2] === 1)) {
      const advice = wanted[2] === 1 ? 'make them grey first, with toGrey(set)' : 'take a network for them';
      throw new DataError(`${what} ${set.imageShape[2]} channels cannot become ${wanted[2]}; ${advice}.`);
    }
    if (!options.resize) {
      throw new DataError(`${what} Set \`resize\` to adapt them, or take a network that was trained at their size.`);
    }
    if (wanted[2] === 3) adapted = toRgb(adapted);
    adapted = resizeSet(adapted, [height, width]);
  }
  return { ...adapted, normalisation: input.normalisation };
}
