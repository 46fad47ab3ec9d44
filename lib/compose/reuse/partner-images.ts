import type { ImageSet } from '../../datasets/dataset.js';
import { classCounts, firstPerClass, keepClasses, subset } from '../../datasets/subset.js';
import { DataError } from '../../errors.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';

/**
 * The training images that update a module for new partner classes: as many as the positives that it was made from, spread
 * evenly over the partners, the first of each in the order of the set (spec decompose §3.4; the published number is not known).
 * @throws DataError when a partner has no image
 */
export function partnerImages(module: NodeModuleParts, train: ImageSet, partners: readonly string[]): ImageSet {
  const each = Math.max(1, Math.floor(module.provenance.nPos / partners.length));
  const only = keepClasses(train, partners);
  const counts = classCounts(only);
  const without = partners.find((name) => counts[train.classNames.indexOf(name)] === 0);
  if (without !== undefined) {
    throw new DataError(`continual update: expected training images of '${without}', there are none.`);
  }
  return subset(only, firstPerClass(only, each));
}
