import { OptionError } from '../errors.js';

/** How the learning rate changes over the epochs. */
export type Schedule =
  | { kind: 'constant' }
  /** Multiplied by `factor` (default 0.1) after each of the named epochs has finished. */
  | { kind: 'step'; at: readonly number[]; factor?: number }
  /** Half a cosine from the initial rate down to `to` (default 0) over all epochs, changed once per epoch. */
  | { kind: 'cosine'; to?: number };

/**
 * Learning rate of one epoch.
 * @param epoch 0 for the first
 * @throws OptionError on an unknown kind
 */
export function learningRateAt(schedule: Schedule, initial: number, epoch: number, epochs: number): number {
  switch (schedule.kind) {
    case 'constant':
      return initial;
    case 'step':
      if (!Array.isArray(schedule.at)) throw new OptionError('schedule: a step schedule needs `at`, a list of epochs.');
      return initial * (schedule.factor ?? 0.1) ** schedule.at.filter((e) => epoch >= e).length;
    case 'cosine': {
      const to = schedule.to ?? 0;
      return to + ((initial - to) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
    }
    default:
      throw new OptionError(
        `schedule: expected kind 'constant', 'step' or 'cosine', got '${String((schedule as { kind: unknown }).kind)}'.`,
      );
  }
}
