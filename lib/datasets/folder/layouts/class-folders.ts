import { listImages } from '../list-images.js';
import { findSplits } from './find-splits.js';
import type { Layout, Part } from './layout.js';
import type { SplitRole } from './split-name.js';

/** One folder per class, within one folder per part or without. */
export const classFolders: Layout = {
  async find(tree, { classDepth }, passedOver) {
    const parts: Partial<Record<SplitRole, Part>> = {};
    for (const [role, folder] of Object.entries(await findSplits(tree, passedOver))) {
      parts[role as SplitRole] = { folder, classes: await listImages(tree, folder, classDepth, passedOver) };
    }
    return { parts, remarks: [] };
  },
};
