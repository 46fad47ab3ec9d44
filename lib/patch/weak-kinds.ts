/** The kinds of weak models of the patching study (spec cnnsplitter §3.3). */
export const WEAK_KINDS = ['simple', 'underfitting', 'overfitting'] as const;
export type WeakKind = (typeof WEAK_KINDS)[number];

/** The networks that weak models are made of. */
export const WEAK_NETWORKS = ['simcnn', 'rescnn'] as const;
export type WeakNetwork = (typeof WEAK_NETWORKS)[number];
