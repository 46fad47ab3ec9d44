import { OptionError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import type { Normalisation } from '../dataset.js';
import type { ImageFit } from '../images/fit-image.js';

/** What a model says of its pictures, as `loadModel` gives it. */
export interface ModelOfPictures {
  /** [height, width, channels] that it takes, null where any size will do. */
  readonly report: { readonly imageShape: readonly (number | null)[] };
  readonly normalisation: Normalisation | null;
  readonly classNames: readonly string[] | null;
}

/** What {@link imageFolder} can be told. */
export interface ImageFolderOptions extends RunOptions {
  /** A model as `loadModel` gives it: size, channels, range of values and the order of classes are its own, unless another option says them. */
  readonly model?: ModelOfPictures;
  /** Brings every image to this size (one number: square). Without it all images must have one size. */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * How an image of another shape than `size` comes to it: 'squash' stretches it (the default), 'crop' cuts its middle out,
   * 'pad' puts black beside it.
   */
  readonly fit?: ImageFit;
  /** 1 turns colours into their luminance (ITU-R BT.601), for networks of grey images. Default 3: grey becomes RGB. */
  readonly channels?: 1 | 3;
  /** The classes to read, in the order of their labels. Default: all, in the order of code units. */
  readonly classes?: readonly string[];
  /** How many folders within each other make the name of a class: with 2, `animals/cat`. Default 1. */
  readonly classDepth?: number;
  /** A CSV or JSON file in the folder that says which image has which label, in place of folders of classes. */
  readonly labels?: string;
  /** Where there are no images to test on: the share of every class that is drawn for it by `seed`. */
  readonly testShare?: number;
  /** Prints nothing. Default: a line, where something was left out or changed. */
  readonly quiet?: boolean;
}

/** @throws OptionError for values that make no sense */
export function checkFolderOptions({
  channels = 3,
  classDepth = 1,
  fit = 'squash',
  size,
  model,
}: ImageFolderOptions): void {
  if (channels !== 1 && channels !== 3) {
    throw new OptionError(`imageFolder: expected channels to be 1 or 3, got ${String(channels)}.`);
  }
  if (!(Number.isInteger(classDepth) && classDepth >= 1)) {
    throw new OptionError(`imageFolder: expected classDepth to be a whole number from 1 on, got ${classDepth}.`);
  }
  if (!['squash', 'crop', 'pad'].includes(fit)) {
    throw new OptionError(`imageFolder: expected fit to be 'squash', 'crop' or 'pad', got ${String(fit)}.`);
  }
  if (fit !== 'squash' && size === undefined && model?.report.imageShape[0] == null) {
    throw new OptionError(`imageFolder: fit ${fit} needs a size to bring the images to, such as { size: 224 }.`);
  }
}
