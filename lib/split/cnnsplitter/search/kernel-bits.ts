import type { KernelSelection } from '../../../surgery/trace/kernel-selection.js';

/** A kernel set packed 32 to a word, for the many Jaccard indices of a tournament. */
export class KernelBits {
  private constructor(
    private readonly words: Uint32Array,
    private readonly size: number,
  ) {}

  /** Packs a selection; selections of one model pack alike (layers in the order of the selection's keys). */
  static of(selection: KernelSelection): KernelBits {
    const layers = Object.values(selection);
    const total = layers.reduce((sum, layer) => sum + layer.length, 0);
    const words = new Uint32Array(Math.ceil(total / 32));
    let position = 0;
    for (const layer of layers) {
      for (const kept of layer) {
        if (kept) words[position >>> 5] |= 1 << (position & 31);
        position++;
      }
    }
    return new KernelBits(
      words,
      words.reduce((sum, word) => sum + popCount(word), 0),
    );
  }

  /** Size of the intersection / size of the union, over (layer, kernel) pairs; 1 for two empty sets. */
  jaccard(other: KernelBits): number {
    let common = 0;
    for (let i = 0; i < this.words.length; i++) common += popCount(this.words[i] & other.words[i]);
    const union = this.size + other.size - common;
    return union === 0 ? 1 : common / union;
  }
}

function popCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
