import { adaptImages, type AdaptOptions } from '../../datasets/adapt-images.js';
import type { ImageSet, Normalisation } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import type * as tf from '../../tf.js';

/** A trained network with modules of some or all of its classes. */
export interface ModularNetwork {
  /** What tables call it. */
  readonly name: string;
  readonly model: tf.LayersModel;
  /** In the order of the model's logits. */
  readonly classNames: readonly string[];
  /** Of the images that the model was trained on. */
  readonly normalisation: Normalisation;
  /** By class name. */
  readonly modules: Readonly<Record<string, NodeModuleParts>>;
}

/** A network's modules of some classes. @throws OptionError when it has none of one of them */
export function modulesOf(network: ModularNetwork, classNames: readonly string[]): NodeModuleParts[] {
  return classNames.map((name) => {
    if (!Object.hasOwn(network.modules, name)) {
      throw new OptionError(
        `${network.name}: expected a module of '${name}', it has those of ${Object.keys(network.modules).slice(0, 12).join(', ') || 'no class'}. ` +
          'Split the network for this class too.',
      );
    }
    return network.modules[name];
  });
}

/** A set as the network takes it. @throws DataError when the images are of another size and are not to be resized */
export function imagesFor(network: ModularNetwork, set: ImageSet, options: AdaptOptions = {}): ImageSet {
  const imageShape = network.model.inputs[0].shape.slice(1);
  return adaptImages(set, { imageShape, normalisation: network.normalisation }, options);
}
