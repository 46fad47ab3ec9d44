import type { KernelSelection } from './kernel-selection.js';
import { type ModelTrace, selectionFromUnits, unitsFromSelection } from './trace.js';

/**
 * A selection with so many kernels more that every channel group has a multiple of `block`, or all it has. The first
 * kernels that were not kept are added.
 * @throws OptionError when the selection does not fit the model or is not consistent
 */
export function widenSelection(trace: ModelTrace, selection: KernelSelection, block: number): KernelSelection {
  const units = unitsFromSelection(trace, selection);
  for (const kept of Object.values(units)) {
    const count = kept.reduce((sum, bit) => sum + bit, 0);
    let missing = Math.min(kept.length, Math.ceil(count / block) * block) - count;
    for (let i = 0; missing > 0; i++) {
      if (kept[i]) continue;
      kept[i] = 1;
      missing--;
    }
  }
  return selectionFromUnits(trace, units);
}
