import { isOpen, OPEN, quoted, type Verdict, wrong } from './verdict.js';

/** One call of the participant's function, and how to judge what it returns. */
export interface FunctionCase {
  readonly args: readonly unknown[];
  /** Said before what is wrong with the result: 'for star'. */
  readonly about: string;
  readonly judge: (result: unknown) => Verdict;
}

/** Calls a function that a participant wrote. The verdict is that of the first case which is not right, else of the last. */
export function judgeFunction(answer: unknown, cases: readonly FunctionCase[]): Verdict {
  if (typeof answer !== 'function') return wrong(`Expected the function itself, got ${quoted(answer)}.`);
  let verdict: Verdict = OPEN;
  for (const { args, about, judge } of cases) {
    let result: unknown;
    try {
      result = (answer as (...given: readonly unknown[]) => unknown)(...args);
    } catch (error) {
      return wrong(`The function failed ${about}: ${(error as Error).message}`);
    }
    if (isOpen(result)) return verdict.kind === 'open' ? OPEN : wrong(`It returns nothing ${about}.`);
    if (result instanceof Promise) return wrong('The function is async and returns a promise: leave `async` out here.');
    verdict = judge(result);
    if (verdict.kind !== 'right') {
      return wrong(verdict.kind === 'wrong' && verdict.text ? `${about}: ${verdict.text}` : null);
    }
  }
  return verdict;
}
