import { type Bitset, hasBit } from '../graph/bitset.js';

/** The nodes of one layer that at least one of several modules masks, and which modules do. */
export interface NodeWords {
  /** Positions, ascending. */
  readonly nodes: Int32Array;
  /** `wordsPerNode` numbers for every node: bit m % 32 of number m / 32 says that module m masks it. */
  readonly words: Uint32Array;
}

/** Numbers of 32 bits that hold one bit per module. */
export const wordsFor = (modules: number): number => Math.ceil(modules / 32);

/**
 * Turns masks of one layer around: from nodes of a module to modules of a node.
 * @param masks one per module, of one length; undefined where the module masks nothing there
 */
export function nodeWords(masks: readonly (Bitset | undefined)[]): NodeWords {
  const wordsPerNode = wordsFor(masks.length);
  const length = masks.find((mask) => mask)?.length ?? 0;
  const all = new Uint32Array(length * wordsPerNode);
  const masked = new Uint8Array(length);
  masks.forEach((mask, m) => {
    if (!mask) return;
    for (let i = 0; i < length; i++) {
      if (!hasBit(mask, i)) continue;
      all[i * wordsPerNode + (m >> 5)] |= 1 << (m & 31);
      masked[i] = 1;
    }
  });
  const nodes = Int32Array.from([...masked.keys()].filter((i) => masked[i] === 1));
  const words = new Uint32Array(nodes.length * wordsPerNode);
  nodes.forEach((node, n) => words.set(all.subarray(node * wordsPerNode, (node + 1) * wordsPerNode), n * wordsPerNode));
  return { nodes, words };
}
