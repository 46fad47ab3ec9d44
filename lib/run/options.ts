import type { OnProgress } from './progress.js';

/** What every long call takes. */
export interface RunOptions {
  /** Seed of every random choice of the call. Default 0. */
  seed?: number;
  onProgress?: OnProgress;
  /**
   * Stops the call at the next safe point with an InterruptedError. In a notebook the interrupt button does the same.
   */
  signal?: AbortSignal;
}
