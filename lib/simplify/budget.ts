import { OptionError } from '../errors.js';
import { countParameters } from '../models/count-parameters.js';
import type { KernelExtractor } from '../surgery/modules/extract.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import { type ChannelGroup, selectionFromUnits } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import { bestUnits } from './best-units.js';

const HALVINGS = 12;

/** Units of a layer that stay at a share of it: rounded up to a multiple, at least one of it, at most all. */
export function unitsAt(ratio: number, units: number, multipleOf = 1): number {
  return Math.min(units, multipleOf * Math.max(1, Math.ceil((ratio * units - 1e-9) / multipleOf)));
}

/**
 * The largest share of every layer's units at which the model keeps at most the wanted share of its multiply-adds or
 * parameters, found by halving; which units they are does not matter for the size.
 * @param imageShape [height, width, channels] that multiply-adds are counted at
 * @throws OptionError when the fewest units of every layer are too much already
 */
export function ratioForBudget(
  model: tf.LayersModel,
  extractor: KernelExtractor,
  groups: readonly ChannelGroup[],
  budget: { readonly of: 'macs' | 'parameters'; readonly keep: number; readonly multipleOf?: number },
  imageShape: readonly number[],
): number {
  const size = (cut: tf.LayersModel) =>
    budget.of === 'macs' ? countMacs(cut, imageShape).total : countParameters(cut).parameters;
  const wanted = budget.keep * size(model);
  const sizeAt = (ratio: number) => {
    const units = Object.fromEntries(
      groups.map(({ id, units: all }) => [
        id,
        bestUnits(new Uint8Array(all.length), unitsAt(ratio, all.length, budget.multipleOf)),
      ]),
    );
    const cut = extractor.extract(selectionFromUnits(extractor.trace, units));
    try {
      return size(cut);
    } finally {
      cut.dispose();
    }
  };
  if (size(model) <= wanted) return 1;
  const smallest = sizeAt(0);
  if (smallest > wanted) {
    throw new OptionError(
      `stop.keep: a budget of ${budget.keep} of the ${budget.of} cannot be kept to: with ${budget.multipleOf ?? 1} kernel(s) per layer ` +
        `${(smallest / size(model)).toFixed(3)} of them are left. Ask for more, or simplify more layers.`,
    );
  }
  let low = 0;
  let high = 1;
  for (let i = 0; i < HALVINGS; i++) {
    const ratio = (low + high) / 2;
    if (sizeAt(ratio) <= wanted) low = ratio;
    else high = ratio;
  }
  return low;
}
