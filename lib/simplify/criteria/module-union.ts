import { OptionError } from '../../errors.js';
import type { KernelSelection } from '../../surgery/trace/kernel-selection.js';
import type { KernelChoice } from '../criterion.js';

/**
 * Keeps what any of the given modules keeps: the union of the class modules of a split of the same model (spec
 * progressive §4.1; not the paper's). A layer that no module keeps anything of keeps its first unit.
 * @param selections kernel selections of the model before anything was removed, e.g. of a split's modules
 * @throws OptionError (when it decides) where a selection does not fit the layer
 */
export function moduleUnion(selections: readonly KernelSelection[]): KernelChoice {
  if (selections.length === 0) throw new OptionError('moduleUnion: expected at least one kernel selection, got none.');
  return {
    id: 'moduleUnion',
    label: 'union of the class modules',
    keep({ group, trace }) {
      for (const layer of group.layers) {
        const { kernels } = trace.convLayers.find(({ name }) => name === layer)!;
        const odd = selections.findIndex((selection) => selection[layer]?.length !== kernels);
        if (odd >= 0) {
          throw new OptionError(
            `moduleUnion: selection ${odd} has ${selections[odd][layer]?.length ?? 'no'} kernels for layer '${layer}', ` +
              `the model has ${kernels}. Expected selections of this very model, not simplified.`,
          );
        }
      }
      const kept = Uint8Array.from(group.units, ({ members }) =>
        selections.some((selection) => members.some(({ layer, kernel }) => selection[layer][kernel] === 1)) ? 1 : 0,
      );
      if (!kept.includes(1)) kept[0] = 1;
      return Promise.resolve(kept);
    },
  };
}
