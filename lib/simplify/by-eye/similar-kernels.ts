import type { GalleryMaps } from './gallery-maps.js';

/** The other unit whose maps go most with a unit's own. */
export interface SimilarKernel {
  readonly unit: number;
  /** Pearson's r over all images and positions shown, −1 to 1. */
  readonly correlation: number;
}

/** For every unit the one most like it; null for a unit whose maps are flat, or where there is no other. */
export function similarKernels({ values, low }: Pick<GalleryMaps, 'values' | 'low'>): (SimilarKernel | null)[] {
  const units = low.length;
  const perUnit = values.length / units;
  const standardised = low.map((_, unit) => {
    const own = Float32Array.from(values.subarray(unit * perUnit, (unit + 1) * perUnit));
    const mean = own.reduce((a, b) => a + b, 0) / perUnit;
    const length = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    return length > 0 ? own.map((value) => (value - mean) / length) : null;
  });
  const best = low.map((): SimilarKernel | null => null);
  for (let a = 0; a < units; a++) {
    for (let b = a + 1; b < units; b++) {
      const [one, other] = [standardised[a], standardised[b]];
      if (!one || !other) continue;
      let correlation = 0;
      for (let i = 0; i < perUnit; i++) correlation += one[i] * other[i];
      for (const [unit, twin] of [
        [a, b],
        [b, a],
      ]) {
        if (correlation > (best[unit]?.correlation ?? -Infinity)) best[unit] = { unit: twin, correlation };
      }
    }
  }
  return best;
}
