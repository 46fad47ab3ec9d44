import { createHash } from 'node:crypto';
import { OptionError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import type { KernelChoice } from '../criterion.js';
import { checkedDecision, type KernelDecision, requireFittingDecision } from './decision.js';

/** What {@link decisions} can be told. */
export interface ReplayOptions {
  /** Replays on a model of the same layers and widths whatever its weights. Default false. */
  otherWeights?: boolean;
  /** What becomes of a layer that none of the decisions is about: 'refuse' (default), or 'keep' all of its kernels. */
  undecided?: 'refuse' | 'keep';
}

/**
 * Decisions made earlier, as a criterion for `simplify` and the arm 'replay': what was kept then is kept now.
 * @throws DataError when one of them is no decision, OptionError when two are about one layer; while it decides,
 *   OptionError where a decision does not fit the model
 * @example
 * const criterion = decisions(readDecisions('decisions')); // what a person decided, once more
 * await simplify(strong, { train, validation }, { criterion, retrain: { when: 'never' } });
 */
export function decisions(list: readonly KernelDecision[], options: ReplayOptions = {}): KernelChoice {
  const byLayer = new Map<string, KernelDecision>();
  list.forEach((decision, i) => {
    checkedDecision(decision, `decisions, item ${i}`);
    if (byLayer.has(decision.layer)) {
      throw new OptionError(`decisions: two of them are about layer '${decision.layer}'. Give one for every layer.`);
    }
    byLayer.set(decision.layer, decision);
  });
  // A checkpoint of a run with other decisions must not be taken for one with these.
  const digest = createHash('sha256').update(JSON.stringify(list.map(({ layer, kept }) => [layer, kept])));
  return {
    id: `decisions ${digest.digest('hex').slice(0, 12)}`,
    label: 'decided by a person',
    keep({ group, original }) {
      const decision = byLayer.get(group.id);
      if (!decision) {
        if (options.undecided === 'keep') return Promise.resolve(new Uint8Array(group.units.length).fill(1));
        throw new OptionError(
          `decisions: none is about layer '${group.id}', only about ${[...byLayer.keys()].join(', ')}. Simplify just these ` +
            `(layers), decide on this one, or say undecided: 'keep'.`,
        );
      }
      requireFittingDecision(decision, group, options.otherWeights ? null : modelDigest(original));
      return Promise.resolve(keptBits(decision));
    },
  };
}

/** One 0/1 per unit. */
export function keptBits({ units, kept }: Pick<KernelDecision, 'units' | 'kept'>): Uint8Array {
  const bits = new Uint8Array(units);
  for (const unit of kept) bits[unit] = 1;
  return bits;
}
