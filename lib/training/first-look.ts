import { adaptImages } from '../datasets/adapt-images.js';
import type { ImageSet, Normalisation } from '../datasets/dataset.js';
import { subset } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import type { LoadedModel } from '../models/load-model.js';
import type { OpeningReport } from '../models/opening/opening-report.js';
import { outputKind } from '../models/output-kind.js';
import { predictScores } from './evaluate.js';

/** A few images and what a model that was just opened takes them for. Goes into `plot.firstLook`. Plain data. */
export interface FirstLook {
  readonly kind: 'firstLook';
  readonly report: OpeningReport;
  /** The images as the model sees them, labels and names those of the folder. */
  readonly images: ImageSet;
  /** Per image the class with the highest score, by the model's own names, and its probability. */
  readonly guesses: readonly { readonly className: string; readonly probability: number }[];
}

/** What {@link firstLook} can be told. */
export interface FirstLookOptions {
  /** How many images, one of each class in turn. Default 4. */
  count?: number;
  /** How images are normalised, where the model's files do not say it. Default: as the images are. */
  normalisation?: Normalisation;
}

/**
 * Looks once whether a model was opened as it was meant: a few images, of as many classes as there are, and what it takes them
 * for. Wrong value ranges, colours in another order and class names in another order show at once.
 * @param loaded as `loadModel` gives it
 * @param images of the kind that it was trained on; resized where the model takes another size
 * @throws OptionError on a count below 1; DataError for images that cannot be made to fit; ModelError where it is no classifier
 * @example
 * const loaded = await loadModel('converted_keras');
 * plot.firstLook(await firstLook(loaded, (await imageFolder('pets')).test)).show();
 */
export async function firstLook(
  loaded: Pick<LoadedModel, 'model' | 'report' | 'normalisation' | 'classNames'>,
  images: ImageSet,
  { count = 4, normalisation = loaded.normalisation ?? images.normalisation }: FirstLookOptions = {},
): Promise<FirstLook> {
  if (!Number.isInteger(count) || count < 1) {
    throw new OptionError(`count: expected a whole number of at least 1, got ${count}.`);
  }
  const { model, report } = loaded;
  const { imageShape } = report;
  const fitting = adaptImages(subset(images, inTurn(images, count)), { imageShape, normalisation }, { resize: true });
  const { scores, classes } = await predictScores(model, fitting, { task: 'firstLook' });
  const names = loaded.classNames ?? images.classNames;
  const guesses = Array.from(fitting.labels, (_, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const best = row.indexOf(Math.max(...row));
    const probability = outputKind(model) === 'logits' ? 1 / row.reduce((sum, s) => sum + Math.exp(s - row[best]), 0) : row[best]; // prettier-ignore
    return { className: names[best] ?? `class ${best}`, probability };
  });
  return { kind: 'firstLook', report, images: fitting, guesses };
}

/** Positions of the first image of every class, then of the second, …, at most so many. */
function inTurn({ labels, classNames }: ImageSet, count: number): number[] {
  const seen = new Int32Array(classNames.length);
  const places = Array.from(labels, (label, image) => ({ image, round: seen[label]++, label }));
  places.sort((a, b) => a.round - b.round || a.label - b.label);
  return places.slice(0, count).map(({ image }) => image);
}
