import type { ModelScores } from './model-scores.js';

/** What happened to one layer. Plain data. */
export interface StageRecord {
  /** The layer, by the first of those that are tied together. */
  readonly layer: string;
  readonly layers: readonly string[];
  readonly units: number;
  /** Kept units, ascending. */
  readonly kept: readonly number[];
  /** Relevance of every unit where a criterion on scores decided, at the layer's first removal. */
  readonly scores: readonly number[] | null;
  /** Layers that learned after the removal, in network order; empty where nothing was retrained. */
  readonly trained: readonly string[];
  /** Retrainings of this layer: 1 with 'afterLayer', none where nothing was removed. */
  readonly retrainings: number;
  /** On the validation images: after the removal, and after the retraining (the same where there was none). */
  readonly removed: ModelScores;
  readonly retrained: ModelScores;
  readonly seconds: number;
}
