import type { KernelSelection } from '../../../surgery/trace/kernel-selection.js';
import { fillEmptyLayers, type ModelTrace, selectionFromUnits } from '../../../surgery/trace/trace.js';
import type { KernelOrders } from '../kernel-orders.js';
import { bitCount, type BitGroup, bitGroups } from './grouping.js';
import type { Chromosome } from './population.js';

interface EncodedLayer {
  readonly id: string;
  readonly units: number;
  readonly groups: readonly BitGroup[];
}

/** How chromosomes of one model read: which bits switch which kernels, per class. */
export interface Encoding {
  /** Prunable layers (tied layers count once) in network order. */
  readonly layers: readonly EncodedLayer[];
  /** Bits of a chromosome. */
  readonly length: number;
  /** The kernels that a chromosome keeps in the module of a class. */
  decode(chromosome: Chromosome, classIndex: number): KernelSelection;
  /**
   * The chromosome that comes closest to keeping some units: a bit is set when at least half of its kernels are kept.
   * @param kept group id → one 0/1 per unit
   */
  encode(kept: Readonly<Record<string, ArrayLike<number>>>, classIndex: number): Chromosome;
}

/**
 * Importance-based grouping (spec cnnsplitter §2.2): per class and layer the kernels are ordered by falling importance
 * and cut into contiguous groups, one bit each. The same bit so means other kernels in another class. Layers tied by
 * additions share their bits (§2.4). A layer that would end up empty keeps its kernel 0 and what is
 * tied to it (§2.6).
 * @param grouping 'kernels' gives every kernel its own bit
 */
export function createEncoding(trace: ModelTrace, orders: KernelOrders, grouping: 'groups' | 'kernels'): Encoding {
  const layers = trace.groups
    .filter((group) => !group.protected)
    .map(({ id, units }): EncodedLayer => ({
      id,
      units: units.length,
      groups: bitGroups(units.length, grouping === 'groups' ? bitCount(units.length) : units.length),
    }));
  return {
    layers,
    length: layers.reduce((sum, layer) => sum + layer.groups.length, 0),
    decode(chromosome, classIndex) {
      const kept: Record<string, Uint8Array> = {};
      let bit = 0;
      for (const { id, units, groups } of layers) {
        const order = orders[id][classIndex];
        const mask = new Uint8Array(units);
        for (const { start, length } of groups) {
          if (chromosome[bit++]) for (let place = start; place < start + length; place++) mask[order[place]] = 1;
        }
        kept[id] = mask;
      }
      return fillEmptyLayers(trace, selectionFromUnits(trace, kept)).selection;
    },
    encode(kept, classIndex) {
      const bits = layers.flatMap(({ id, groups }) => {
        const order = orders[id][classIndex];
        return groups.map(({ start, length }) => {
          let count = 0;
          for (let place = start; place < start + length; place++) count += kept[id][order[place]];
          return 2 * count >= length ? 1 : 0;
        });
      });
      return Uint8Array.from(bits);
    },
  };
}
