import type { KernelImportance } from '../../surgery/kernel-importance.js';
import type { KernelSelection } from '../../surgery/kernel-selection.js';
import { fillEmptyLayers, selectionFromUnits, type ModelTrace } from '../../surgery/trace.js';
import { bitGroups, type BitGroup } from './grouping.js';
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
}

/**
 * Importance-based grouping (spec cnnsplitter §2.2): per class and layer the kernels are ordered by falling importance
 * and cut into contiguous groups, one bit each. The same bit so means other kernels in another class. Layers tied by
 * additions share their bits (§2.4). A layer that would end up empty keeps its kernel 0 and what is
 * tied to it (§2.6).
 */
export function createEncoding(trace: ModelTrace, importance: KernelImportance): Encoding {
  const prunable = trace.groups.filter((group) => !group.protected);
  const layers = prunable.map((group): EncodedLayer => ({
    id: group.id,
    units: group.units.length,
    groups: bitGroups(group.units.length),
  }));
  const orders = new Map(
    prunable.map((group) => [
      group.id,
      importance.byGroup[group.id].map((values) =>
        Array.from(values, (_, unit) => unit).sort((a, b) => values[b] - values[a] || a - b),
      ),
    ]),
  );
  return {
    layers,
    length: layers.reduce((sum, layer) => sum + layer.groups.length, 0),
    decode(chromosome, classIndex) {
      const kept: Record<string, Uint8Array> = {};
      let bit = 0;
      for (const { id, units, groups } of layers) {
        const order = orders.get(id)![classIndex];
        const mask = new Uint8Array(units);
        for (const { start, length } of groups) {
          if (chromosome[bit++]) for (let place = start; place < start + length; place++) mask[order[place]] = 1;
        }
        kept[id] = mask;
      }
      return fillEmptyLayers(trace, selectionFromUnits(trace, kept)).selection;
    },
  };
}
