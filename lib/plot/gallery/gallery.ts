import type { ImageSet } from '../../datasets/dataset.js';
import { displayTarget } from '../../run/display-target.js';
import { inKernel, sendToNotebook } from '../../run/kernel-channel.js';
import { kernelGallery, type KernelGalleryOptions } from '../../simplify/by-eye/kernel-gallery.js';
import { type AskOptions, type GalleryView, OpenGallery } from '../../simplify/by-eye/open-gallery.js';
import type * as tf from '../../tf.js';
import { writePicture } from '../figure/display.js';
import type { FigureOptions } from '../figure/theme.js';
import { galleryHtml } from './gallery-html.js';
import { gallerySheet } from './gallery-sheet.js';

/** What {@link gallery} can be told. */
export interface GalleryOptions extends KernelGalleryOptions, AskOptions, FigureOptions {}

/**
 * Shows every kernel of a layer below the notebook cell, for a person to tick those to keep, and returns at once; the
 * next cell waits with `await g.decision()`. With a decision file that is there already (`file`) nobody is asked: the
 * picture is shown with what was dropped. What the paper's display looked like is not known; this follows spec
 * progressive §4.2.
 *
 * The choice travels to a port of this machine's loopback address; where the page cannot reach it, it shows the line to
 * run instead, e.g. `g.decide('0-3,5', 'why')`.
 *
 * @param model any traceable `tf.LayersModel`; not changed
 * @param layer a convolution layer, or one of several that are tied together
 * @param images shown and scored by: training images, not those that the result is judged on
 * @throws OptionError on options that make no sense or a decision file that does not fit; DataError when the file is no
 *   decision; InterruptedError on `signal`
 * @example
 * const { name } = surgery.traceModel(strong).convLayers[0];
 * const g = await gallery(strong, name, train, { file: 'decisions/first.json' }); // tick the kernels to keep
 * const { kept } = await g.decision();
 */
export async function gallery(
  model: tf.LayersModel,
  layer: string,
  images: ImageSet,
  options: GalleryOptions = {},
): Promise<OpenGallery> {
  const content = await kernelGallery(model, layer, images, options);
  return OpenGallery.open(content, (view) => showGallery(view, options), 'g.decide', options);
}

/**
 * Shows a gallery: in a notebook as a page to decide on, or as a picture where there is nothing to decide; in a script
 * as a PNG file, with the line that decides.
 */
export function showGallery(view: GalleryView, options: FigureOptions = {}): void {
  const sheet = gallerySheet(view.gallery, view.decision, options);
  const { asks } = view;
  const target = displayTarget();
  if (target) {
    const item = { title: sheet.title, text: sheet.altText, png: () => sheet.png };
    if (asks)
      target({ ...item, kind: 'page', html: () => galleryHtml({ gallery: view.gallery, asks }, sheet, options) });
    else target({ ...item, kind: 'picture' });
  } else if (!inKernel()) {
    writePicture(sheet, sheet.png);
    if (asks) console.log(`Look at the picture, then run e.g. ${asks.call}('0-3,5', 'why') with the kernels to keep.`);
  } else if (asks) {
    sendToNotebook({
      'text/html': galleryHtml({ gallery: view.gallery, asks }, sheet, options),
      'text/plain': sheet.altText,
    });
  } else {
    sendToNotebook({ 'image/png': sheet.png.toString('base64'), 'text/plain': sheet.altText });
  }
}
