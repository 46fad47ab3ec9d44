import { type Bitset, countBits } from '../graph/bitset.js';
import type { ConvMask, DenseMask } from './node-mask.js';
import type { AddPolicy, NodeModuleParts } from './node-module-parts.js';
import type { NodePoint } from './node-network.js';

/** Whether inactive nodes of a point are masked (spec decompose §2.4). */
export function isMasked({ kind, reluFed }: NodePoint, policy: AddPolicy): boolean {
  if (kind === 'add') return policy === 'postAdd' && reluFed;
  return policy === 'literal' || reluFed;
}

/** The masks that mask anything. */
export function masksOf(
  points: readonly NodePoint[],
  off: Readonly<Record<string, Bitset>>,
): Pick<NodeModuleParts, 'convMasks' | 'addMasks' | 'denseMasks'> {
  const convMasks: ConvMask[] = [];
  const addMasks: ConvMask[] = [];
  const denseMasks: DenseMask[] = [];
  for (const { layer, kind, shape } of points) {
    if (!Object.hasOwn(off, layer) || countBits(off[layer]) === 0) continue;
    const inactive = off[layer];
    if (kind === 'dense') denseMasks.push({ layer, inactive });
    else (kind === 'conv' ? convMasks : addMasks).push({ layer, shape: shape as [number, number, number], inactive });
  }
  return { convMasks, addMasks, denseMasks };
}
