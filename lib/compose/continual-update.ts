import { OptionError } from '../errors.js';
import { countBits, subtractBits, uniteBits, type Bitset } from '../surgery/bitset.js';
import { nodeMasks } from '../surgery/module-margins.js';
import type { DecomposedModule } from '../surgery/node-module.js';

/** Nodes that were above 0 on at least one of the observed images, by layer. */
export type ActiveNodes = ReadonlyMap<string, Bitset>;

/**
 * What a continual update does with the nodes that a new partner class uses (spec decompose §3.4): 'add' brings them back into
 * the module, as tangling identification does; 'remove' takes those away that the module's own class does not use.
 */
export type UpdateReading = 'add' | 'remove';

/**
 * Brings nodes back into a module: tangling identification with images of a class that its network has never seen (spec
 * decompose §3.4, the reading of the paper's experiments). No weight changes.
 * @param partner nodes of the module's network that are active on the partner's images
 * @returns a new module, whose inactive nodes are a subset of the given one's
 */
export function addPartnerNodes(module: DecomposedModule, partner: ActiveNodes): DecomposedModule {
  return withMasks(module, 'add', (inactive, layer) => subtractBits(inactive, bitsOf(partner, layer, inactive)));
}

/**
 * Takes nodes out of a module that the partner's images activate and no image of the module's own class does (the other reading
 * of spec decompose §3.4, that of the paper's method section). No weight changes.
 * @param own nodes that are active on images of the module's class
 * @returns a new module, whose inactive nodes are a superset of the given one's
 */
export function removePartnerNodes(module: DecomposedModule, partner: ActiveNodes, own: ActiveNodes): DecomposedModule {
  return withMasks(module, 'remove', (inactive, layer) => {
    const foreign = subtractBits(bitsOf(partner, layer, inactive), bitsOf(own, layer, inactive));
    return uniteBits(inactive, foreign);
  });
}

/** Nodes of a module that are set to 0. */
export function inactiveNodes(module: DecomposedModule): number {
  return nodeMasks(module).reduce((sum, { inactive }) => sum + countBits(inactive), 0);
}

function withMasks(
  module: DecomposedModule,
  reading: UpdateReading,
  change: (inactive: Bitset, layer: string) => Bitset,
): DecomposedModule {
  const changed = <Mask extends { readonly layer: string; readonly inactive: Bitset }>(masks: readonly Mask[]) =>
    masks.map((mask) => ({ ...mask, inactive: change(mask.inactive, mask.layer) }));
  const updated = {
    ...module,
    convMasks: changed(module.convMasks),
    addMasks: changed(module.addMasks),
    denseMasks: changed(module.denseMasks),
  };
  const nodes = inactiveNodes(updated) - inactiveNodes(module);
  const updates = [...(module.provenance.updates ?? []), { step: 'continual update', reading, inactiveChange: nodes }];
  return { ...updated, provenance: { ...module.provenance, updates } };
}

function bitsOf(active: ActiveNodes, layer: string, like: Bitset): Bitset {
  const bits = active.get(layer);
  if (bits?.length !== like.length) {
    throw new OptionError(
      `continual update: expected ${like.length} observed nodes of layer '${layer}', got ${bits?.length ?? 'none'}. Observe the ` +
        "module's own network.",
    );
  }
  return bits;
}
