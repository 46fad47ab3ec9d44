import type { ImageSet } from '../datasets/dataset.js';

/** Images by what {@link simplify} uses them for. */
export interface SimplifyImages {
  /** To score kernels and to retrain on. */
  readonly train: ImageSet;
  /** To measure by, and for the rule 'tolerance'. Not for reporting: keep test images for that. */
  readonly validation: ImageSet;
}
