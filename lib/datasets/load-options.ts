import type { Normalisation } from './dataset.js';
import type { SyntheticOptions } from './synthetic.js';

/** A number for both splits, or one for each. */
export type PerSplit = number | { readonly train?: number; readonly test?: number };

/** What {@link loadDataset} can be told. */
export interface LoadOptions extends SyntheticOptions {
  /** Folder that holds the sets' folders. Default: MODULAB_DATA where it is set, then the project's data/cache. */
  readonly dir?: string;
  /** Keeps the first images of each split. */
  readonly limit?: PerSplit;
  /** Keeps the first images of each class in each split. */
  readonly perClass?: PerSplit;
  /** Height and width to resize to. */
  readonly size?: number;
  /** 3 turns one grey channel into three equal ones, 1 turns colours into their luminance. Default: as stored. */
  readonly channels?: 1 | 3;
  /** Replaces the set's own normalisation. */
  readonly normalisation?: Normalisation;
  /** CIFAR-10: adds the images of `extra_to_1000_per_class.bin` to the training images. Default false. */
  readonly extra?: boolean;
  /** CIFAR-100: which of its two labels becomes the class. Default 'fine'. */
  readonly labels?: 'fine' | 'coarse';
  /** CIFAR-100: the nine classes of the patching study, relabelled 0–8 (spec cnnsplitter §3.2). Default false. */
  readonly patch9?: boolean;
}
