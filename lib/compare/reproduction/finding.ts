import { meanAndDeviation, type MeanDeviation } from '../../metrics/mean-deviation.js';
import type { EffectTest } from './effect-test.js';

/** A value of a paper, out of its specification page. */
export interface PaperValue {
  readonly value: number;
  /** Where it stands, with the source tag of the specification. */
  readonly source: string;
}

/** A quantity over seeds. */
export interface OverSeeds extends MeanDeviation {
  readonly values: readonly number[];
}

/** One line of a paper's table: the paper's value, ours, the control, and what can be said of the effect. Plain data. */
export interface Finding {
  /** What is measured, in words. */
  readonly what: string;
  readonly unit: 'points' | '%' | 'ratio';
  /** Null where the paper has none. */
  readonly published: PaperValue | null;
  readonly ours: OverSeeds;
  /** What the effect must be told from: the same without what the method is about. Null where there is none. */
  readonly control: ({ readonly name: string } & OverSeeds) | null;
  /** Null for a quantity that is reported only. */
  readonly test: EffectTest | null;
  /** One sentence. */
  readonly why: string;
}

/** @param values one per seed, at least one */
export function overSeeds(values: readonly number[]): OverSeeds {
  return { ...meanAndDeviation(values)!, values };
}
