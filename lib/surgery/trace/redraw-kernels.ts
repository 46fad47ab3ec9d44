import type { MT19937 } from '../../run/mt19937.js';
import type { KernelSelection } from './kernel-selection.js';
import { fillEmptyLayers, type ModelTrace, selectionFromUnits, unitsFromSelection } from './trace.js';

/**
 * As many kernels of every layer as a selection keeps, but which ones by lot: the control for how kernels were chosen, apart from how
 * many of each layer. Tied kernels are drawn together.
 * @param trace of the model that the selection is of
 * @throws OptionError when the selection does not fit the model
 */
export function redrawKernels(trace: ModelTrace, selection: KernelSelection, rng: MT19937): KernelSelection {
  const drawn = Object.entries(unitsFromSelection(trace, selection)).map(([group, units]) => {
    const bits = new Uint8Array(units.length);
    const kept = units.reduce((sum, bit) => sum + bit, 0);
    for (const unit of rng.permutation(units.length).slice(0, kept)) bits[unit] = 1;
    return [group, bits] as const;
  });
  return fillEmptyLayers(trace, selectionFromUnits(trace, Object.fromEntries(drawn))).selection;
}
