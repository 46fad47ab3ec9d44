import fs from 'node:fs';
import path from 'node:path';
import { adaptImages } from '../../lib/datasets/adapt-images.js';
import { imageArrays } from '../../lib/datasets/arrays/image-arrays.js';
import type { ImageSet, Normalisation } from '../../lib/datasets/dataset.js';
import { imageFolder } from '../../lib/datasets/folder/image-folder.js';
import { labelledImages } from '../../lib/datasets/folder/labelled-images.js';
import type { ImageFit } from '../../lib/datasets/images/fit-image.js';
import { DATASET_NAMES, type DatasetName, loadDataset } from '../../lib/datasets/load.js';
import { splitTrainValidation } from '../../lib/datasets/split-train-validation.js';
import { firstPerClass, subset } from '../../lib/datasets/subset.js';
import { toGrey } from '../../lib/datasets/to-grey.js';
import { DataError } from '../../lib/errors.js';
import { type LoadedModel, loadModel } from '../../lib/models/load-model.js';
import type { OnProgress } from '../../lib/run/progress.js';
import { likelyRange, normalisationOf, type Range } from './value-range.js';

/** What commands are told about model and images beside their names. */
export interface InputOptions {
  /** Names of the classes, where no file says them. */
  readonly classes?: readonly string[];
  readonly range?: Range;
  /** Side of the images, where the model takes any. */
  readonly size?: number;
  readonly fit?: ImageFit;
  /** A list of labels in the folder of images, in place of folders of classes. */
  readonly labels?: string;
  /** Images of each class. */
  readonly perClass?: number;
  readonly seed: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** A model that was opened, with all that its images need. */
export interface OpenedModel extends LoadedModel {
  /** As messages call it: its file, or the folder it lies in. */
  readonly name: string;
  /** Where images are normalised by what was tried out, what was found. */
  readonly remarks: readonly string[];
}

/** Images for a model, as it takes them. */
export interface OpenedImages {
  readonly set: ImageSet;
  /** The file of every image; null for sets that are no files. */
  readonly files: readonly string[] | null;
  readonly remarks: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}

/** Images to learn from, to choose by, and to report on; no image is in two of them. */
export interface OpenedParts {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  readonly remarks: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}

/** Names that say nothing by themselves. */
const COMMON_NAMES =
  /^(model|keras_model|checkpoint|weights|saved_model|tm-my-image-model|converted_\w+|model\.weights)$/i;

/** What people would call a model: its file's name, or its folder's where the file is called as all are. */
export function modelName(file: string): string {
  const full = path.resolve(file);
  const stem = path.basename(full).replace(/(\.(json|h5|keras|zip|onnx|pth|pt|ckpt|tar|safetensors|npz))+$/i, '');
  const folder = path.basename(path.dirname(full));
  return COMMON_NAMES.test(stem) && folder !== '' ? `${folder}/${path.basename(full)}` : path.basename(full);
}

/** Side of photographs for models that take any size and do not say on which they were trained. */
const USUAL_SIZE = 224;

/**
 * Opens a model as the options say. One that takes images of any size takes those of a data set as they are, and photographs at a usual
 * size, unless `size` says another.
 * @param where the images that it is opened for
 * @throws as `loadModel`
 */
export async function openModel(file: string, where: string, options: InputOptions): Promise<OpenedModel> {
  const { classes, range, size, signal } = options;
  const open = (side: number | undefined): Promise<LoadedModel> =>
    loadModel(file, { classNames: classes, imageSize: side === undefined ? undefined : [side, side], signal });
  let loaded = await open(size);
  const remarks: string[] = [];
  const [height, width] = loaded.report.imageShape;
  if ((height === null || width === null) && !isDataset(where) && !isArrays(where)) {
    loaded.model.dispose();
    loaded = await open(USUAL_SIZE);
    remarks.push(
      `The model takes images of any size: they were brought to ${USUAL_SIZE}×${USUAL_SIZE}; --size says another.`,
    );
  }
  const channels = loaded.report.imageShape.at(-1) ?? 3;
  const normalisation = range === undefined ? loaded.normalisation : normalisationOf(range, channels);
  return { ...loaded, normalisation, name: modelName(file), remarks };
}

const isArrays = (where: string): boolean => /\.npz$/i.test(where);

/** Whether the word names a data set, and no file or folder. */
const isDataset = (where: string): where is DatasetName =>
  (DATASET_NAMES as readonly string[]).includes(where) && !fs.existsSync(where);

/** A set as the model takes it. */
function fitting(set: ImageSet, { report, normalisation }: LoadedModel): ImageSet {
  const { imageShape } = report;
  const grey = imageShape[2] === 1 && set.imageShape[2] === 3 ? toGrey(set) : set;
  return adaptImages(grey, { imageShape, normalisation: normalisation ?? set.normalisation }, { resize: true });
}

function requireClasses(loaded: OpenedModel, set: ImageSet, where: string): ImageSet {
  const classes = loaded.model.outputs[0]?.shape.at(-1) ?? 0;
  if (set.classNames.length !== classes) {
    const names = set.classNames.slice(0, 6).join(', ');
    throw new DataError(
      `${loaded.name} tells ${classes} classes apart, ${where} has ${set.classNames.length} (${names}${set.classNames.length > 6 ? ', …' : ''}). ` +
        'Give a folder for each class, or say the names of all classes in the order of the outputs: --classes a,b,c.',
    );
  }
  return set;
}

const limited = (set: ImageSet, perClass: number | undefined): ImageSet =>
  perClass === undefined ? set : subset(set, firstPerClass(set, perClass));

/**
 * The images that a model is judged by, and the model with all that was not known before: a folder or archive of pictures by class, the
 * name of a data set (its test images), or an `.npz` file.
 */
export async function imagesToJudge(
  where: string,
  loaded: OpenedModel,
  options: InputOptions,
): Promise<{ images: OpenedImages; loaded: OpenedModel }> {
  const { perClass, fit, labels, onProgress, signal, seed } = options;
  let images: OpenedImages;
  if (isDataset(where)) {
    const data = await loadDataset(where, where === 'synthetic' ? { seed } : {});
    const set = fitting(limited(data.test, perClass), loaded);
    images = {
      set,
      files: null,
      remarks: [`${set.labels.length} test images of ${where}.`],
      provenance: data.provenance,
    };
  } else if (isArrays(where)) {
    const data = await imageArrays(where, { classNames: loaded.classNames ?? undefined, testShare: undefined });
    const set = fitting(limited(data.test, perClass), loaded);
    images = { set, files: null, remarks: [data.report.text], provenance: data.provenance };
  } else {
    images = await labelledImages(where, { model: loaded, fit, perClass, labels, onProgress, signal });
  }
  const set = requireClasses(loaded, images.set, where);
  const settled = await settleRange(loaded, set, signal);
  const { normalisation } = settled;
  return {
    images: { ...images, set: normalisation ? { ...set, normalisation } : set },
    loaded: { ...settled, classNames: [...set.classNames] },
  };
}

/**
 * The images that a method learns from, chooses by and reports on. Without images to test on a fifth of every class is drawn for it;
 * without such to validate on a fifth of the rest.
 */
export async function imagesToLearn(
  where: string,
  loaded: OpenedModel,
  options: InputOptions,
): Promise<{ images: OpenedParts; loaded: OpenedModel }> {
  const { perClass, seed } = options;
  const data = await trainAndTest(where, loaded, options);
  const settled = await settleRange(loaded, requireClasses(loaded, data.train, where), options.signal);
  const as = (set: ImageSet): ImageSet => {
    const few = limited(set, perClass);
    return settled.normalisation ? { ...few, normalisation: settled.normalisation } : few;
  };
  const { train, validation = undefined } = data.validation ? data : splitTrainValidation(data.train, { seed });
  if (!validation) throw new DataError(`${where}: expected images to validate on.`);
  const images = { train: as(train), validation: as(validation), test: as(data.test) };
  const count = ({ labels }: ImageSet) => labels.length;
  return {
    images: {
      ...images,
      remarks: [
        `${count(images.train)} images to learn from, ${count(images.validation)} to choose by, ${count(images.test)} to report on.`,
        ...data.remarks,
      ],
      provenance: data.provenance,
    },
    loaded: { ...settled, classNames: [...train.classNames] },
  };
}

async function trainAndTest(
  where: string,
  loaded: OpenedModel,
  { fit, labels, seed, onProgress, signal }: InputOptions,
): Promise<Omit<OpenedParts, 'validation'> & { validation?: ImageSet }> {
  const through = ({ train, test, validation }: { train: ImageSet; test: ImageSet; validation?: ImageSet }) => ({
    train: fitting(train, loaded),
    test: fitting(test, loaded),
    ...(validation && { validation: fitting(validation, loaded) }),
  });
  if (isDataset(where)) {
    const data = await loadDataset(where, where === 'synthetic' ? { seed } : {});
    return { ...through(data), remarks: [`Data set ${where}.`], provenance: data.provenance };
  }
  const drawn = { testShare: 0.2, seed };
  if (isArrays(where)) {
    const classNames = loaded.classNames ?? undefined;
    const read = (more: object) => imageArrays(where, { classNames, ...more });
    const data = await read({}).catch((error: unknown) => withoutTest(error, () => read(drawn)));
    return { ...through(data), remarks: [data.report.text], provenance: data.provenance };
  }
  const read = (more: object) =>
    imageFolder(where, { model: loaded, fit, labels, onProgress, signal, quiet: true, ...more });
  const data = await read({}).catch((error: unknown) => withoutTest(error, () => read(drawn)));
  return { ...data, remarks: [data.report.text], provenance: data.provenance };
}

/** Draws images to test on where that is what was missing. */
function withoutTest<T>(error: unknown, draw: () => Promise<T>): Promise<T> {
  if (error instanceof DataError && error.message.includes('testShare')) return draw();
  throw error;
}

/** The model with the range of values that its images have, and what of it no file said. */
async function settleRange(opened: OpenedModel, set: ImageSet, signal?: AbortSignal): Promise<OpenedModel> {
  const named = opened.classNames !== null;
  const remark =
    'No file says the names of the classes: those of the images were taken, in their order. --classes says others.';
  const loaded = named ? opened : { ...opened, remarks: [...opened.remarks, remark] };
  if (loaded.normalisation) return loaded;
  const { range, remark: found } = await likelyRange(loaded.model, set, signal);
  const normalisation: Normalisation = normalisationOf(range, set.imageShape[2]);
  return { ...loaded, normalisation, remarks: [...loaded.remarks, found] };
}
