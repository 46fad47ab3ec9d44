import { quoted, right, type Verdict, wrong } from './verdict.js';

export interface NumberTruth {
  readonly value: number;
  /** Largest difference that counts as the same. Default half a percent of the value, at least 0.0005. */
  readonly tolerance?: number;
  /** In what the number is wanted. */
  readonly unit: 'fraction' | 'points' | 'number';
  /** Values that come of known mistakes, and what to say of each. */
  readonly slips?: readonly (readonly [value: number | null, text: string])[];
  /** What to say when it is right. */
  readonly praise: string;
}

/** Holds a number against the truth; recognises known slips, percent for fractions, turned signs, complements and inverses. */
export function judgeNumber(answer: unknown, truth: NumberTruth): Verdict {
  const { value, unit, slips = [], praise } = truth;
  if (typeof answer !== 'number') return wrong(`Expected a number, got ${quoted(answer)}.`);
  if (!Number.isFinite(answer))
    return wrong(`The result is ${answer}: was something divided by 0, or is a row missing?`);
  const tolerance = truth.tolerance ?? Math.max(0.0005, 0.005 * Math.abs(value));
  if (Math.abs(answer - value) <= tolerance) return right(praise);
  // A slip much smaller than the truth is not met by everything small.
  const near = (other: number, scale = 1) =>
    Math.abs(answer - other) <= Math.min(tolerance * scale, Math.max(0.0005, 0.005 * Math.abs(other)));
  for (const [slip, text] of slips) if (slip !== null && near(slip)) return wrong(text);
  return wrong(generalSlip(value, unit, near));
}

function generalSlip(
  value: number,
  unit: NumberTruth['unit'],
  near: (other: number, scale?: number) => boolean,
): string | null {
  if (unit === 'fraction' && near(100 * value, 100)) {
    return 'That is in percent. Wanted is a fraction from 0 to 1: divide by 100, or leave out the factor.';
  }
  if (unit === 'points' && near(value / 100, 0.01)) {
    return 'That is a fraction. Wanted are points (percentage points): multiply by 100.';
  }
  if (near(-value)) return 'The size is right, the sign is not: which one is subtracted from which?';
  if (unit === 'fraction' && near(1 - value)) return 'That is the rest of it: 1 minus what is wanted.';
  if (value !== 0 && near(1 / value)) return 'The ratio is upside down.';
  return null;
}
