import { DataError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import type { ImageSet } from '../dataset.js';
import type { FileTree } from '../files/file-tree.js';
import { openTree } from '../files/open-tree.js';
import type { ImageFit } from '../images/fit-image.js';
import { decoderProvenance } from '../images/sharp.js';
import { counted, SYSTEM_FILES } from './folder-report.js';
import { inOrderOf, normalisationFor, pixelsFor } from './for-model.js';
import type { ModelOfPictures } from './image-folder-options.js';
import type { Part } from './layouts/layout.js';
import { LAYOUTS } from './layouts/layouts.js';
import type { SplitRole } from './layouts/split-name.js';
import type { ListedImage } from './list-images.js';
import { readImages } from './read-images.js';
import { Tally } from './tally.js';

/** What {@link labelledImages} can be told. */
export interface LabelledImagesOptions extends Omit<RunOptions, 'seed'> {
  /** The model that is to judge them: its size, channels, range of values and classes are the images'. */
  readonly model: ModelOfPictures;
  readonly fit?: ImageFit;
  /** Size of the images, where the model takes any. */
  readonly size?: readonly [height: number, width: number];
  /** A list in the folder that says which image has which label, in place of folders of classes. */
  readonly labels?: string;
  /** Takes the first images of every class. Default: all. */
  readonly perClass?: number;
}

/** The images of a folder that a model is judged by, in one set. */
export interface LabelledImages {
  readonly set: ImageSet;
  /** The file of every image, as `<class>/<file>`. */
  readonly files: readonly string[];
  /** Which images these are, what was left out and what was changed, in sentences. */
  readonly remarks: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}

/** Images that the model was not trained on come first. */
const ORDER: readonly SplitRole[] = ['test', 'validation', 'train'];

/**
 * Reads the images of a folder, or of a ZIP archive, that a trained model is to be judged by: those to test on where there are some,
 * else those to validate on, else all. There need not be images of all classes.
 * @throws DataError when there are no images, a folder is none of the model's classes, or a file is damaged; InterruptedError on `signal`
 */
export async function labelledImages(folder: string, options: LabelledImagesOptions): Promise<LabelledImages> {
  const tree = await openTree(folder);
  try {
    const passedOver = new Tally();
    const changed = new Tally();
    const { role, part, remarks } = await findPart(tree, passedOver, options.labels);
    const { classNames, images } = underModelsNames(tree, part, options.model.classNames);
    if (images.length === 0) {
      const found = passedOver.list();
      throw new DataError(
        `${tree.path(part.folder)}: expected one folder of pictures for each class, got none with pictures in it` +
          `${found.length > 0 ? ` (passed over: ${counted(found)})` : ''}.`,
      );
    }
    const taken = classNames.flatMap((name) =>
      images.filter(({ className }) => className === name).slice(0, options.perClass ?? Infinity),
    );
    const pixels = pixelsFor(options);
    const { set, sha256 } = await readImages(tree, taken, classNames, pixels, changed, options);
    const links = tree.lostFiles();
    if (links[0] !== undefined) passedOver.add('links that lead nowhere, and what is no file', links[0], links.length);
    const system = tree.systemFiles();
    if (system[0] !== undefined) passedOver.add(SYSTEM_FILES, system[0], system.length);
    const empty = classNames.filter((name) => !taken.some(({ className }) => className === name));
    const left = passedOver.list();
    return {
      set: { ...set, normalisation: normalisationFor(options, pixels.channels) },
      files: taken.map(({ name }) => name),
      remarks: [
        `${taken.length} images ${WHICH[role]}, in ${tree.path(part.folder)}.`,
        ...(taken.length < images.length ? [`These are the first ${options.perClass} of each class, as asked.`] : []),
        ...(empty.length > 0 ? [`There are no images of ${empty.join(', ')}.`] : []),
        ...(changed.list().length > 0 ? [`Changed: ${counted(changed.list())}.`] : []),
        ...(left.length > 0 ? [`Passed over: ${counted(left)}.`] : []),
        ...(left.some(({ what }) => what.includes('cannot be read here'))
          ? ['The package sharp reads more kinds of pictures: npm i sharp.']
          : []),
        ...remarks,
      ],
      provenance: {
        ...(await decoderProvenance()),
        [`${role}: ${part.folder || '.'} (${taken.length} files, sha256 of their list of sha256)`]: sha256,
      },
    };
  } finally {
    await tree.close();
  }
}

const WHICH: Readonly<Record<SplitRole, string>> = {
  test: 'to test on',
  validation: 'to validate on',
  train: 'of all there are, as none are set apart to test on',
};

async function findPart(
  tree: FileTree,
  passedOver: Tally,
  labels: string | undefined,
): Promise<{ role: SplitRole; part: Part; remarks: readonly string[] }> {
  for (const layout of LAYOUTS) {
    const found = await layout.find(tree, { classDepth: 1, labels }, passedOver);
    if (!found) continue;
    for (const role of ORDER) {
      const part = found.parts[role];
      if (part && [...part.classes.values()].some(({ length }) => length > 0)) {
        return { role, part, remarks: found.remarks };
      }
    }
    const [part] = Object.values(found.parts);
    if (part) return { role: 'train', part, remarks: found.remarks };
  }
  throw new DataError(`${tree.path('')}: expected a folder of images.`);
}

/** The images under the names of the model's classes. Folders of classes that are not there are no harm, unknown ones are an error. */
function underModelsNames(
  tree: FileTree,
  { folder, classes }: Part,
  names: readonly string[] | null,
): { classNames: readonly string[]; images: readonly ListedImage[] } {
  const full = new Map([...classes].filter(([, images]) => images.length > 0));
  if (!names) {
    const classNames = [...full.keys()];
    return { classNames, images: classNames.flatMap((name) => full.get(name) ?? []) };
  }
  const images: ListedImage[] = [];
  const unknown: string[] = [];
  for (const [found, own] of full) {
    const name = names.find((one) => isAlike(one, found));
    if (name === undefined) unknown.push(found);
    else images.push(...own.map((image) => ({ ...image, className: name })));
  }
  // Says which names there are on either side.
  if (unknown.length > 0) inOrderOf(names, [...full.keys()], tree.path(folder));
  return { classNames: names, images };
}

const isAlike = (one: string, other: string): boolean => {
  const plain = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ');
  return plain(one) === plain(other);
};
