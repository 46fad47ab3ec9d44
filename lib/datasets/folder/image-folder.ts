import path from 'node:path';
import type { Dataset, ImageSet } from '../dataset.js';
import { openTree } from '../files/open-tree.js';
import { decoderProvenance } from '../images/sharp.js';
import { type FolderReport, folderReport, isUnusual, type SplitReport } from './folder-report.js';
import { normalisationFor, pixelsFor } from './for-model.js';
import type { ImageFolderOptions } from './image-folder-options.js';
import type { SplitRole } from './layouts/split-name.js';
import { listFolder } from './list-folder.js';
import { readImages } from './read-images.js';
import { Tally } from './tally.js';

/** A folder of images as a data set. */
export interface ImageFolder extends Dataset {
  /** Where the folder has images to validate on besides those to train and to test on. */
  readonly validation?: ImageSet;
  /** The file of every image, as `<class>/<file>` within its part's folder. */
  readonly files: Partial<Readonly<Record<SplitRole, readonly string[]>>>;
  readonly report: FolderReport;
}

/**
 * Reads a folder of images that lie in one folder per class, `train/<class>/…` and `test/<class>/…`, or a ZIP archive of one.
 * PNG, JPEG, WebP, GIF, BMP, TIFF and AVIF are read as RGB (transparent pixels over black), and upright where the camera noted how
 * it was held; further formats where the package `sharp` is installed. Images may lie deeper within their class folder.
 *
 * The parts are known by their names in any case (train, training, val, valid, validation, dev, test, testing); without a test
 * folder `val` is tested on, and without either `testShare` draws the images to test on. Also read: a CSV or JSON file of paths
 * and labels (`labels`), Tiny-ImageNet and ImageNet as they are handed out.
 *
 * With `model` images come as a model takes them that was opened with `loadModel`, and classes in the order of its outputs.
 *
 * Labels are the same on every machine: classes are in the order of their names' code units, images likewise. Names that begin
 * with a dot and what systems leave behind (`__MACOSX`, `Thumbs.db`) are no classes and no images. What else was left out or
 * changed stands in `report`, and is said in a line.
 * @throws DataError when a folder is missing, a class has no images, `test` has a class that `train` lacks, a file is
 *   damaged, or sizes differ and no size is given; OptionError; InterruptedError on `signal`
 * @example const pets = await imageFolder('pets', { size: 64, testShare: 0.2 }); console.log(pets.report.text);
 * @example const loaded = await loadModel('converted_keras'); const pets = await imageFolder('pets', { model: loaded });
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const tree = await openTree(folder);
  try {
    const { classNames, parts, passedOver, remarks } = await listFolder(tree, options);
    const pixels = pixelsFor(options);
    const normalisation = normalisationFor(options, pixels.channels);
    const changed = new Tally();
    const sets: Partial<Record<SplitRole, ImageSet>> = {};
    const files: Partial<Record<SplitRole, string[]>> = {};
    const reports: Partial<Record<SplitRole, SplitReport>> = {};
    const provenance: Record<string, string> = {};
    let expected: readonly [number, number] | undefined;
    for (const role of Object.keys(parts) as SplitRole[]) {
      const part = parts[role];
      if (!part) continue;
      const read = await readImages(tree, part.images, classNames, pixels, changed, options, expected);
      expected ??= read.size;
      sets[role] = { ...read.set, normalisation };
      files[role] = part.images.map((image) => image.name);
      const within = part.folder || '.';
      const perClass = classNames.map((c) => part.images.filter((image) => image.className === c).length);
      reports[role] = { folder: within, images: part.images.length, perClass };
      // One checksum over the list of files, as thousands of entries would drown a manifest.
      provenance[`${role}: ${within} (${part.images.length} files, sha256 of their list of sha256)`] = read.sha256;
    }
    const name = path.basename(path.resolve(folder)).replace(/\.zip$/i, '');
    const report = folderReport(name, {
      classNames,
      splits: reports,
      passedOver: passedOver.list(),
      changed: changed.list(),
      remarks,
    });
    sayUnusual(report, options);
    const { train, test, validation } = sets as Record<SplitRole, ImageSet>;
    Object.assign(provenance, await decoderProvenance());
    return { name, classNames, train, test, ...(validation ? { validation } : {}), provenance, files, report };
  } finally {
    await tree.close();
  }
}

/** Prints the report where something was left out or changed, or is not as one would expect. */
function sayUnusual(report: FolderReport, { quiet = false }: ImageFolderOptions): void {
  if (!quiet && isUnusual(report)) console.log(report.text);
}

/**
 * The files of one split in the order in which {@link imageFolder} puts their images, as `<class>/<file>`.
 * @param options those that are given to `imageFolder`
 * @throws DataError when the folder is missing or has no class
 */
export async function imageFileNames(
  folder: string,
  split: 'train' | 'test',
  options: ImageFolderOptions = {},
): Promise<string[]> {
  const tree = await openTree(folder);
  try {
    return (await listFolder(tree, options)).parts[split].images.map((image) => image.name);
  } finally {
    await tree.close();
  }
}
