import type { FileTree } from '../../files/file-tree.js';
import type { ListedImage } from '../list-images.js';
import type { Tally } from '../tally.js';
import type { SplitRole } from './split-name.js';

/** What of the options decides where images and labels are looked for. */
export interface LayoutOptions {
  /** How many folders within each other make the name of a class. */
  readonly classDepth: number;
  /** A file in the tree that says which image has which label. */
  readonly labels?: string;
}

/** One part of a set. */
export interface Part {
  /** Where it lies in the tree. */
  readonly folder: string;
  /** The images of every class, also of classes without any, in the order of labels. */
  readonly classes: ReadonlyMap<string, readonly ListedImage[]>;
}

/** The images of a tree. */
export interface FoundParts {
  readonly parts: Partial<Readonly<Record<SplitRole, Part>>>;
  /** What one would not expect, for the report. */
  readonly remarks: readonly string[];
}

/** A way in which people lay out images and their labels. To add one: a file in this folder and a line in layouts.ts. */
export interface Layout {
  /**
   * @param passedOver counts what is left out
   * @returns null where the tree is not laid out so
   * @throws DataError where it is, and does not fit together
   */
  find(tree: FileTree, options: LayoutOptions, passedOver: Tally): Promise<FoundParts | null>;
}
