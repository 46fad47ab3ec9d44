import type { KeptChannels } from '../graph/weight-layout.js';
import type { KernelSelection } from './kernel-selection.js';
import { type ModelTrace, unitsFromSelection } from './trace.js';

/**
 * Which channels of every layer's output a consistent selection leaves.
 * @returns layer → ascending kept channels of its last axis, null for all of them
 * @throws OptionError when the selection does not fit the model or is not consistent
 */
export function keptChannels(trace: ModelTrace, selection: KernelSelection): Map<string, KeptChannels> {
  const units = unitsFromSelection(trace, selection);
  const kept = trace.groups.flatMap(({ id }) => [...units[id]]);
  return new Map(
    trace.layers.map(({ name, channels }) => {
      const positions: number[] = [];
      for (let i = 0; i < channels.length; i++) if (channels[i] < 0 || kept[channels[i]]) positions.push(i);
      return [name, positions.length === channels.length ? null : Int32Array.from(positions)];
    }),
  );
}
