import { classFolders } from './class-folders.js';
import { imageNet } from './image-net.js';
import { labelTable } from './label-table.js';
import type { Layout } from './layout.js';
import { partsInClasses } from './parts-in-classes.js';
import { tinyImageNet } from './tiny-image-net.js';

/** The first that fits is taken; folders of classes fit everything. */
export const LAYOUTS: readonly Layout[] = [labelTable, tinyImageNet, imageNet, partsInClasses, classFolders];
