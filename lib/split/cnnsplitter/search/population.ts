import type { MT19937 } from '../../../run/mt19937.js';

/** One bit per kernel group, all layers in order. */
export type Chromosome = Uint8Array;

/** A layer's stretch of the chromosome and the shares of bits that its first individuals keep. */
export interface ChromosomeLayer {
  readonly bits: number;
  /** Shares of bits set at the start, one drawn per individual. */
  readonly initialRatios: readonly number[];
}

/**
 * Sensitivity-based first population (spec cnnsplitter §2.5): per individual and layer a ratio is drawn, and
 * floor(bits·ratio) bits are set, drawn without replacement with probability ∝ exp((bits − 1 − rank) / 10), where rank
 * 0 is the most important group.
 */
export function initialPopulation(layers: readonly ChromosomeLayer[], size: number, rng: MT19937): Chromosome[] {
  const length = layers.reduce((sum, layer) => sum + layer.bits, 0);
  return Array.from({ length: size }, () => {
    const chromosome = new Uint8Array(length);
    let offset = 0;
    for (const { bits, initialRatios } of layers) {
      const ratio = initialRatios[rng.nextInterval(initialRatios.length - 1)];
      // Adding Gumbel noise to the log-weights and taking the top k is the same draw as one-by-one without replacement.
      const keys = Array.from({ length: bits }, (_, rank) => ({
        rank,
        key: (bits - 1 - rank) / 10 - Math.log(-Math.log(rng.nextDouble() || Number.MIN_VALUE)),
      }));
      keys.sort((a, b) => b.key - a.key);
      // The small addition keeps 10 · 0.7 = 7.000000000000001 and 10 · 0.6 = 6 from being floored differently.
      const kept = Math.floor(bits * ratio + 1e-9);
      for (let i = 0; i < kept; i++) chromosome[offset + keys[i].rank] = 1;
      offset += bits;
    }
    return chromosome;
  });
}

/** Ablation of the above: every bit is a fair coin. */
export function randomPopulation(layers: readonly ChromosomeLayer[], size: number, rng: MT19937): Chromosome[] {
  const length = layers.reduce((sum, layer) => sum + layer.bits, 0);
  return Array.from({ length: size }, () => Uint8Array.from({ length }, () => rng.nextInterval(1)));
}
