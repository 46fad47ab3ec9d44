import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { firstPerClass, subset } from '../../datasets/subset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import { checkOption, wholeNumber } from '../../run/check-options.js';
import { createExtractor } from '../../surgery/modules/extract.js';
import type * as tf from '../../tf.js';
import { requireFittingImages } from '../../training/check-images.js';
import { requireScores } from '../best-units.js';
import { CRITERIA, type CriterionId } from '../criteria/index.js';
import type { LayerContext } from '../criterion.js';
import { layerContext } from '../layer-context.js';
import { type GalleryMaps, galleryMaps } from './gallery-maps.js';
import { type SimilarKernel, similarKernels } from './similar-kernels.js';

/** Which images a gallery shows, and which scores beside the maps. */
export interface GalleryContent {
  /** Images of each class: the first ones of the set. Default 2. */
  imagesPerClass?: number;
  /** Classes by name or number, in this order. Default all. */
  classes?: readonly (string | number)[];
  /** One computed criterion or several, to sort by. Default 'gradTimesAct'. */
  criterion?: CriterionId | readonly CriterionId[];
}

/** What {@link kernelGallery} can be told. */
export interface KernelGalleryOptions extends GalleryContent {
  /** The criteria look at the first so many images of each class. Default 20. */
  scoredPerClass?: number;
  /** Seed of the criterion 'random'. Default 0. */
  seed?: number;
  signal?: AbortSignal;
}

/** What a person looks at to decide on the kernels of a layer. Plain data. */
export interface KernelGallery {
  /** The layer, by the first of those that are tied together. */
  readonly layer: string;
  readonly layers: readonly string[];
  /** Layer whose output the maps are of: the activation after the convolution. */
  readonly readout: string;
  /** Kernels of the layer, or sets of tied ones. */
  readonly units: number;
  /** In the order they are shown; images of a class stand side by side. Positions are those of the given set. */
  readonly images: readonly { readonly position: number; readonly className: string }[];
  /** [images, height, width, channels], 0–255. */
  readonly inputs: { readonly imageShape: ImageSet['imageShape']; readonly pixels: Uint8Array };
  readonly maps: GalleryMaps;
  /** False for a unit that no single map shows (ties that an addition shows in part). */
  readonly hasMap: readonly boolean[];
  readonly similar: readonly (SimilarKernel | null)[];
  /** Of every unit, by each criterion asked for. */
  readonly scores: readonly { readonly id: CriterionId; readonly label: string; readonly values: readonly number[] }[];
  readonly imagesDigest: string;
  /** Of the model before anything was removed. */
  readonly modelDigest: string;
}

/**
 * Every kernel's activation maps for images of several classes, with its objective score. What the paper's display looked
 * like is not known; this one follows spec progressive §4.2.
 * @param model any traceable `tf.LayersModel`; not changed
 * @param layer a convolution layer, or one of several that are tied together
 * @param images those to show and those to score by are the first of each class
 * @throws OptionError on an unknown layer, class or criterion, or images that are not the model's; InterruptedError on `signal`
 */
export async function kernelGallery(
  model: tf.LayersModel,
  layer: string,
  images: ImageSet,
  options: KernelGalleryOptions = {},
): Promise<KernelGallery> {
  await ensureBackend();
  const { scoredPerClass = 20, seed = 0 } = options;
  requireFittingImages('gallery', model, images);
  checkOption('scoredPerClass', scoredPerClass, wholeNumber());
  const stopped = interruption(options.signal);
  const check = () => {
    if (stopped()) throw new InterruptedError('The gallery was stopped before it was complete.');
  };
  const extractor = createExtractor(model);
  try {
    const group = extractor.trace.groups.find(({ layers }) => layers.includes(layer));
    if (!group) {
      const known = extractor.trace.convLayers.map(({ name }) => name).join(', ');
      throw new OptionError(`gallery: the model has no convolution layer '${layer}'; it has ${known}.`);
    }
    if (group.protected) {
      throw new OptionError(`gallery: kernels of '${group.id}' cannot be removed: ${group.protectedReason}.`);
    }
    const sample = subset(images, firstPerClass(images, scoredPerClass));
    const context = layerContext({ model, original: model, extractor, group, images: sample, seed, check });
    return await galleryOf(context, images, options);
  } finally {
    extractor.dispose();
  }
}

/** A gallery of the layer that is being simplified. @param images set to choose the shown images from */
export async function galleryOf(
  context: LayerContext,
  images: ImageSet,
  content: GalleryContent,
): Promise<KernelGallery> {
  const { group } = context;
  const { imagesPerClass = 2, criterion = 'gradTimesAct' } = content;
  checkOption('imagesPerClass', imagesPerClass, wholeNumber());
  const positions = shownPositions(images, imagesPerClass, content.classes);
  const shown = subset(images, positions);
  const scores = [];
  for (const id of typeof criterion === 'string' ? [criterion] : criterion) {
    if (!Object.hasOwn(CRITERIA, id)) {
      throw new OptionError(`criterion: expected some of ${Object.keys(CRITERIA).join(', ')}, got '${id}'.`);
    }
    const values = Array.from(await CRITERIA[id].score(context));
    requireScores(id, group.id, values, group.units.length);
    scores.push({ id, label: CRITERIA[id].label, values });
  }
  const maps = await galleryMaps(context, shown);
  return {
    layer: group.id,
    layers: group.layers,
    readout: group.readout,
    units: group.units.length,
    images: positions.map((position) => ({ position, className: images.classNames[images.labels[position]] })),
    inputs: { imageShape: shown.imageShape, pixels: shown.pixels },
    maps,
    hasMap: Array.from(group.readoutChannels, (channel) => channel >= 0),
    similar: similarKernels(maps),
    scores,
    imagesDigest: imageSetDigest(images),
    modelDigest: modelDigest(context.original),
  };
}

/** The first images of each class, class by class. */
function shownPositions(
  images: ImageSet,
  perClass: number,
  classes: readonly (string | number)[] = images.classNames.map((_, i) => i),
): number[] {
  const wanted = classes.map((one) => {
    const index = typeof one === 'number' ? one : images.classNames.indexOf(one);
    if (!(index in images.classNames)) {
      throw new OptionError(
        `classes: the images have no class ${JSON.stringify(one)}; expected some of ${images.classNames.join(', ')}.`,
      );
    }
    return index;
  });
  const first = firstPerClass(images, perClass);
  const positions = wanted.flatMap((label) => first.filter((position) => images.labels[position] === label));
  if (positions.length === 0) throw new OptionError('classes: the images have none of the classes asked for.');
  return positions;
}
