/** What a check has to say about an answer. */
export type Verdict =
  /** Nothing has been answered yet. */
  | { readonly kind: 'open' }
  | { readonly kind: 'right'; readonly text: string }
  /** `text` names a mistake that was recognised; null where the answer is just not the one. */
  | { readonly kind: 'wrong'; readonly text: string | null };

/** One exercise: how to judge an answer, and what helps. */
export interface Exercise<Session> {
  /** '1.3' */
  readonly id: string;
  /** For those who are fast: not counted in the summary. */
  readonly optional?: boolean;
  /** Computes the truth from the session's data and holds the answer against it. */
  readonly judge: (answer: unknown, session: Session) => Verdict | Promise<Verdict>;
  /** Hints, each saying more than the one before. None says the answer. */
  readonly hints: readonly string[];
}

export const OPEN: Verdict = { kind: 'open' };
export const right = (text: string): Verdict => ({ kind: 'right', text });
export const wrong = (text: string | null = null): Verdict => ({ kind: 'wrong', text });

/** Whether an answer is still the placeholder: null, an empty list, or fields that are all null. */
export function isOpen(answer: unknown): boolean {
  if (answer === null || answer === undefined) return true;
  if (Array.isArray(answer)) return answer.every(isOpen);
  if (Object.getPrototypeOf(answer) !== Object.prototype) return false;
  const values = Object.values(answer);
  return values.length === 0 || values.every((value) => value === null || value === undefined);
}

/** A value as a hint quotes it. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
