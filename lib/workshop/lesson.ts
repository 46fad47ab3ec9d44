import { InterruptedError, OptionError } from '../errors.js';
import { inKernel, sendToNotebook } from '../run/kernel-channel.js';
import { type Exercise, isOpen, OPEN, type Verdict, wrong } from './judges/verdict.js';

/** The self-checking side of one part. */
export interface Lesson<Session> {
  /**
   * Says whether an answer is right. A wrong one gets a hint, the next wrong one a stronger hint. Never throws because of an
   * answer, so that a notebook with open exercises runs to its end.
   * @param more what only later cells have computed
   */
  readonly check: (id: string, answer: unknown, more?: Partial<Session>) => Promise<void>;
  /** The next hint of an exercise. */
  readonly hint: (id: string) => void;
  /** How many exercises are done. */
  readonly summary: () => void;
}

const MARKS = { right: '✓', wrong: '✗', open: '…' } as const;

/** How an outcome begins in a notebook's text output, e.g. `✓ 1.2`; the group is mark and number. */
export const OUTCOME = /^([✓✗…]) (\d+\.\d+) /;

/** Opens the checks of one part on the session's data. */
export function openLesson<Session>(exercises: readonly Exercise<Session>[], session: Session): Lesson<Session> {
  const outcomes = new Map<string, Verdict['kind']>();
  const wrongAnswers = new Map<string, Set<string>>(exercises.map(({ id }) => [id, new Set()]));
  const hintsGiven = new Map<string, number>();
  const exerciseOf = (id: string) => {
    const exercise = exercises.find((one) => one.id === id);
    if (exercise) return exercise;
    throw new OptionError(
      `There is no exercise '${id}'; expected one of ${exercises.map((one) => one.id).join(', ')}.`,
    );
  };
  const nextHint = ({ id, hints }: Exercise<Session>): string => {
    const given = hintsGiven.get(id) ?? 0;
    hintsGiven.set(id, given + 1);
    const last = given >= hints.length - 1 ? ' _(That was the last hint; the folder `solutions` has more.)_' : '';
    return hints[Math.min(given, hints.length - 1)] + last;
  };

  return {
    async check(id, answer, more = {}) {
      const exercise = exerciseOf(id);
      const verdict = await judged(exercise, answer, { ...session, ...more });
      outcomes.set(id, verdict.kind);
      show(verdict.kind, id, verdict.kind === 'wrong' ? advice(verdict.text, exercise, answer) : textOf(verdict));
    },
    hint: (id) => say(`Hint for ${id}: ${nextHint(exerciseOf(id))}`),
    summary() {
      const counted = exercises.filter(({ optional }) => !optional);
      const solved = counted.filter(({ id }) => outcomes.get(id) === 'right');
      const open = counted.filter(({ id }) => outcomes.get(id) !== 'right').map(({ id }) => id);
      const rest = open.length === 0 ? 'All done!' : `To do: ${open.join(', ')}.`;
      say(`${solved.length} of ${counted.length} exercises solved. ${rest}`);
    },
  };

  /** What was recognised, and a hint: at once where nothing was, else from the second wrong answer on. */
  function advice(recognised: string | null, exercise: Exercise<Session>, answer: unknown): string {
    const seen = wrongAnswers.get(exercise.id)!;
    const before = seen.size;
    seen.add(fingerprint(answer));
    const isNew = seen.size > before;
    if (recognised === null) return `Not quite. ${isNew ? `Hint: ${nextHint(exercise)}` : sameAgain(exercise.id)}`;
    return seen.size > 1 && isNew ? `${recognised} Hint: ${nextHint(exercise)}` : recognised;
  }
}

const sameAgain = (id: string) => `It is the same answer as before; \`hint('${id}')\` gives another hint.`;

const textOf = (verdict: Verdict) =>
  verdict.kind === 'right'
    ? verdict.text
    : 'Not yet: there is no answer. Change the cell above, run it, then this one again.';

async function judged<Session>(exercise: Exercise<Session>, answer: unknown, session: Session): Promise<Verdict> {
  if (answer instanceof Promise) {
    answer.catch(() => undefined);
    return wrong('That is a promise, a result still being computed: write `await` before the call.');
  }
  if (isOpen(answer)) return OPEN;
  try {
    return await exercise.judge(answer, session);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    return wrong(`The check stumbles over this answer: ${(error as Error).message}`);
  }
}

function fingerprint(answer: unknown): string {
  if (typeof answer === 'function') return String(answer);
  try {
    return JSON.stringify(answer) ?? typeof answer;
  } catch {
    return typeof answer;
  }
}

function show(kind: Verdict['kind'], id: string, text: string): void {
  say(`${MARKS[kind]} ${id} ${text}`, `**${MARKS[kind]} ${id}** ${text}`);
}

function say(text: string, markdown = text): void {
  const plain = text.replace(/`|_(?=\()|(?<=\))_/g, '');
  if (inKernel()) sendToNotebook({ 'text/markdown': `> ${markdown}`, 'text/plain': plain });
  else console.log(plain);
}
