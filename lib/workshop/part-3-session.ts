import type { SimplifyResult } from '../simplify/simplify.js';
import type { SimplifyImages } from '../simplify/simplify-images.js';
import type { WorkshopData } from './workshop-data.js';

/** What the cells of part 3 have computed, for its checks. */
export interface Part3Session {
  readonly data: WorkshopData;
  /** To retrain on and to measure by. */
  readonly images: SimplifyImages;
  /** Exercise 3.5 and later: half of every layer kept. */
  readonly half?: SimplifyResult;
  /** Exercise 3.7: as much removed as a tolerance allows. */
  readonly careful?: SimplifyResult;
}
