import { OptionError } from '../../errors.js';
import type { KernelChoice } from '../criterion.js';
import type { KernelDecision } from './decision.js';
import { decisionFile } from './decision-file.js';
import { keptBits } from './decisions.js';
import { type GalleryContent, galleryOf } from './kernel-gallery.js';
import { type AskOptions, OpenGallery, type ShowGallery, type WaitOptions } from './open-gallery.js';

/** What {@link byEye} can be told. */
export interface ByEyeOptions extends GalleryContent, Omit<AskOptions, 'file'>, WaitOptions {
  /** Of the decision files, one per layer: read where they are there, written where a person decides. */
  folder: string;
  /** Shows a gallery: `plot.showGallery` in a notebook. */
  show: ShowGallery;
}

/** A criterion that asks a person, and the way to decide when the page cannot be heard. */
export interface ByEye extends KernelChoice {
  /** Decides on the layer shown last: kept kernels as text (`'0-3,5'`) or numbers. The next run goes on from there. */
  decide(kept: string | readonly number[], reason?: string): KernelDecision;
}

/**
 * A person as the criterion of `simplify`: for each layer, with the earlier ones simplified and retrained, the gallery is
 * shown and the decision waited for. Decisions are kept as files, so an interrupted run goes on where it was, and a
 * finished one is replayed, with pictures only, by running it again. Shown are images of the sample that criteria look
 * at (`imagesPerClass` of `simplify`).
 * @throws OptionError (when it decides) where a decision file does not fit the model; InterruptedError on interruption
 * @example
 * const criterion = byEye({ folder: 'decisions', show: plot.showGallery }); // asks layer by layer, and keeps what was decided
 * const { model } = await simplify(strong, { train, validation }, { criterion, layers: ['conv1'] });
 */
export function byEye(options: ByEyeOptions): ByEye {
  const { folder, show, timeLimit, signal } = options;
  let open: OpenGallery | null = null;
  return {
    id: 'byEye',
    label: 'decided by a person',
    async keep(context) {
      open?.dispose();
      const gallery = await galleryOf(context, context.images, options);
      const file = decisionFile(folder, gallery.layer);
      open = await OpenGallery.open(gallery, show, 'eye.decide', { ...options, file });
      return keptBits(await open.decision({ timeLimit, signal }, context.check));
    },
    decide(kept, reason) {
      if (!open) throw new OptionError('byEye: no gallery was shown yet. Run simplify with this criterion first.');
      return open.decide(kept, reason);
    },
  };
}
