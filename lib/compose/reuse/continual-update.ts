import { ensureBackend } from '../../backend/ensure-backend.js';
import { adaptImages } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import { type Bitset, countBits, emptyBitset, subtractBits, uniteBits } from '../../surgery/graph/bitset.js';
import { isMasked, masksOf } from '../../surgery/nodes/masked-points.js';
import { nodeMasks, requireNetwork } from '../../surgery/nodes/module-margins.js';
import { type ActiveNodes, activeNodes } from '../../surgery/nodes/node-activity.js';
import { NodeModule } from '../../surgery/nodes/node-module.js';
import { moduleClass, type NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork, type NodePoint } from '../../surgery/nodes/node-network.js';
import type * as tf from '../../tf.js';

/**
 * What a continual update does with the nodes that a new partner class uses (spec decompose §3.4): 'add' brings them back into
 * the module, as tangling identification does; 'remove' takes those away that the module's own class does not use.
 */
export type UpdateReading = 'add' | 'remove';

/** What {@link updateModule} can be told. */
export interface UpdateOptions extends Omit<RunOptions, 'seed'> {
  /** Default 'add'. */
  reading?: UpdateReading;
  /** Images of the module's own class; needed to 'remove'. */
  own?: ImageSet;
}

/**
 * Updates a module for classes that its network has never seen, by observing images of them (spec decompose §3.4). No weight changes.
 * @param model the module's network
 * @param partner training images of the new classes, normalised as the network's; the published number is not known, by default
 *   take as many as the module was made from
 * @throws ModelError when the module belongs to another network; DataError for images of another size; OptionError without `own` where it is
 *   needed; InterruptedError on `signal`
 */
export async function updateModule(
  model: tf.LayersModel,
  module: NodeModuleParts,
  partner: ImageSet,
  options: UpdateOptions = {},
): Promise<NodeModule> {
  await ensureBackend();
  const { reading = 'add', own, onProgress, signal } = options;
  if (reading !== 'add' && reading !== 'remove') {
    throw new OptionError(`reading: expected 'add' or 'remove', got '${String(reading)}'.`);
  }
  if (reading === 'remove' && !own) {
    throw new OptionError("updateModule: to 'remove', pass `own`, images of the module's class; their nodes stay.");
  }
  const imageShape = model.inputs[0].shape.slice(1);
  const sets = [partner, ...(own ? [own] : [])].map((set) => adaptImages(set, { imageShape, normalisation: set.normalisation })); // prettier-ignore
  const network = createNodeNetwork(model);
  try {
    requireNetwork(network, module);
    const task = `update the module of ${moduleClass(module)}`;
    const seen = await activeNodes(network, sets[0], { onProgress, signal, task });
    if (reading === 'add') return new NodeModule(model, addPartnerNodes(module, seen));
    const ownActive = await activeNodes(network, sets[1], { signal });
    return new NodeModule(model, removePartnerNodes(module, seen, ownActive, network.points));
  } finally {
    network.dispose();
  }
}

/**
 * Brings nodes back into a module: tangling identification with images of a class that its network has never seen (spec
 * decompose §3.4, the reading of the paper's experiments). What MC-BLN or MC-BI had removed can come back, too.
 * @param partner nodes of the module's network that are active on the partner's images
 * @returns a new module, whose inactive nodes are a subset of the given one's
 */
export function addPartnerNodes(module: NodeModuleParts, partner: ActiveNodes): NodeModuleParts {
  const keep = <Mask extends { readonly layer: string; readonly inactive: Bitset }>(masks: readonly Mask[]) =>
    masks
      .map((mask) => ({
        ...mask,
        inactive: subtractBits(mask.inactive, bitsOf(partner, mask.layer, mask.inactive.length)),
      }))
      .filter(({ inactive }) => countBits(inactive) > 0);
  const { convMasks, addMasks, denseMasks } = module;
  const masks = { convMasks: keep(convMasks), addMasks: keep(addMasks), denseMasks: keep(denseMasks) };
  return updated(module, 'add', masks);
}

/**
 * Takes nodes out of a module that the partner's images activate and no image of the module's own class does (the other reading
 * of spec decompose §3.4, that of the paper's method section), where the module's addPolicy masks nodes.
 * @param own nodes that are active on images of the module's class
 * @param points of the module's network
 * @returns a new module, whose inactive nodes are a superset of the given one's
 */
export function removePartnerNodes(
  module: NodeModuleParts,
  partner: ActiveNodes,
  own: ActiveNodes,
  points: readonly NodePoint[],
): NodeModuleParts {
  const off: Record<string, Bitset> = Object.fromEntries(
    nodeMasks(module).map(({ layer, inactive }) => [layer, inactive]),
  );
  for (const point of points.filter((p) => isMasked(p, module.provenance.addPolicy))) {
    const { layer, nodes } = point;
    const foreign = subtractBits(bitsOf(partner, layer, nodes), bitsOf(own, layer, nodes));
    off[layer] = uniteBits(Object.hasOwn(off, layer) ? off[layer] : emptyBitset(nodes), foreign);
  }
  return updated(module, 'remove', masksOf(points, off));
}

/** Nodes of a module that are set to 0. */
export function inactiveNodes(module: Pick<NodeModuleParts, 'convMasks' | 'addMasks' | 'denseMasks'>): number {
  const { convMasks, addMasks, denseMasks } = module;
  return [...convMasks, ...addMasks, ...denseMasks].reduce((sum, { inactive }) => sum + countBits(inactive), 0);
}

function updated(
  module: NodeModuleParts,
  reading: UpdateReading,
  masks: Pick<NodeModuleParts, 'convMasks' | 'addMasks' | 'denseMasks'>,
): NodeModuleParts {
  const inactiveChange = inactiveNodes(masks) - inactiveNodes(module);
  const updates = [...(module.provenance.updates ?? []), { step: 'continual update', reading, inactiveChange }];
  const { modelId, classIndex, classNames, outW, outB } = module;
  return { modelId, classIndex, classNames, ...masks, outW, outB, provenance: { ...module.provenance, updates } };
}

function bitsOf(active: ActiveNodes, layer: string, nodes: number): Bitset {
  const bits = Object.hasOwn(active, layer) ? active[layer] : undefined;
  if (bits?.length !== nodes) {
    throw new OptionError(
      `continual update: expected ${nodes} observed nodes of layer '${layer}', got ${bits?.length ?? 'none'}. Observe the ` +
        "module's own network.",
    );
  }
  return bits;
}
