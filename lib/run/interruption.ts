/** What is shared by everything in the process that can be interrupted, also by two copies of this library. */
interface Interrupts {
  count: number;
  /** Whether the latest cell has been given up, and no other has begun. */
  givenUp: boolean;
}

const SHARED = Symbol.for('modulab.interrupts');
const interrupts = ((globalThis as { [SHARED]?: Interrupts })[SHARED] ??= { count: 0, givenUp: false });

/**
 * Whether a call should stop: its AbortSignal has fired, or an interrupt came since it began, or an interrupted cell
 * goes on with it. (A host stops waiting for an interrupted cell, but its code runs on behind the host's back.)
 */
export function interruption(signal?: AbortSignal): () => boolean {
  const atStart = interrupts.givenUp ? -1 : interrupts.count;
  return () => signal?.aborted === true || interrupts.count > atStart;
}

/** For hosts, such as the notebook kernel: every call that is under way stops at its next safe point. */
export function interruptAll(): void {
  interrupts.count++;
}

/** For hosts: from now on, until `startCell`, calls stop as soon as they begin. */
export function giveUpCell(): void {
  interrupts.givenUp = true;
}

/** For hosts: a cell begins. */
export function startCell(): void {
  interrupts.givenUp = false;
}
