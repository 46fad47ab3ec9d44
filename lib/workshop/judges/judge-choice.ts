import { quoted, right, type Verdict, wrong } from './verdict.js';

export interface ChoiceTruth {
  /** The right ones: several where they are equally good. */
  readonly accepted: readonly string[];
  /** Everything that can be chosen. */
  readonly known: readonly string[];
  /** What to say of a wrong choice that comes of a known mistake. */
  readonly slips?: readonly (readonly [choice: string | null, text: string])[];
  readonly praise: string;
}

/** Holds a name against the right ones. */
export function judgeChoice(answer: unknown, { accepted, known, slips = [], praise }: ChoiceTruth): Verdict {
  if (typeof answer !== 'string') {
    const index =
      typeof answer === 'number' ? ' Numbers stand for places in the list; take the name at that place.' : '';
    return wrong(`Expected a name in quotes, such as '${known[0]}', got ${quoted(answer)}.${index}`);
  }
  const name = known.find((one) => one.toLowerCase() === answer.trim().toLowerCase());
  if (name === undefined) return wrong(`There is no '${answer.slice(0, 40)}'. Known are ${known.join(', ')}.`);
  if (accepted.includes(name)) return right(praise);
  return wrong(slips.find(([slip]) => slip === name)?.[1] ?? null);
}
