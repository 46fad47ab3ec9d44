import { quoted, right, type Verdict, wrong } from './verdict.js';

export interface NumbersTruth {
  readonly values: ArrayLike<number>;
  /** What the numbers are of: 'kernel'. */
  readonly per: string;
  readonly slips?: readonly (readonly [values: ArrayLike<number>, text: string])[];
  readonly praise: string;
}

/** Holds a list of numbers against the truth, to half a percent of its largest. */
export function judgeNumbers(answer: unknown, { values, per, slips = [], praise }: NumbersTruth): Verdict {
  const list = asNumbers(answer);
  if (list === null) return wrong(`Expected a list of numbers, got ${quoted(answer)}.`);
  for (const [slip, text] of slips) if (slip.length !== values.length && same(list, slip)) return wrong(text);
  if (list.length !== values.length) {
    return wrong(`Expected ${values.length} numbers, one for each ${per}, got ${list.length}.`);
  }
  if (same(list, values)) return right(praise);
  return wrong(slips.find(([slip]) => same(list, slip))?.[1] ?? null);
}

/** A list or typed array of numbers as a list; null for anything else. */
export function asNumbers(answer: unknown): number[] | null {
  const list: unknown[] | null = Array.isArray(answer)
    ? (answer as unknown[])
    : ArrayBuffer.isView(answer)
      ? Array.from(answer as unknown as ArrayLike<number>)
      : null;
  return list?.every((value) => typeof value === 'number' && Number.isFinite(value)) ? (list as number[]) : null;
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  const largest = Math.max(...Array.from(b, Math.abs));
  return Array.from(a).every((value, i) => Math.abs(value - b[i]) <= 0.005 * largest + 1e-9);
}
