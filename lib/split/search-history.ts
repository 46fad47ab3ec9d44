/** One generation of a split search. */
export interface GenerationRecord {
  readonly kind: 'generationRecord';
  readonly generation: number;
  /** Validation accuracy of the composed model of the best combination, 0–1. */
  readonly accuracy: number;
  /** Mean pairwise 1 − Jaccard over the modules' kernels, 0–1. */
  readonly diff: number;
  /** 0.9·accuracy + 0.1·diff (spec cnnsplitter §2.9). */
  readonly score: number;
  /** Modules evaluated in this generation, cached ones not counted. */
  readonly evaluations: number;
  /** Those of them that were dropped before they had seen all images. */
  readonly dropped: number;
  readonly seconds: number;
}

/** The generations of a search, in their order. */
export type SearchHistory = readonly GenerationRecord[];
