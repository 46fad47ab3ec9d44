import { OptionError } from '../errors.js';

/** What is shared by everything in the process that can be interrupted, also by two copies of this library. */
interface Interrupts {
  count: number;
  /** Whether the latest cell has been given up, and no other has begun. */
  givenUp: boolean;
  /** See `watchFlag`; null where there is none. */
  flag: Int32Array | null;
  /** What of `flag` has been taken notice of. */
  seen: number;
}

const SHARED = Symbol.for('modulab.interrupts');
const interrupts = ((globalThis as { [SHARED]?: Interrupts })[SHARED] ??= {
  count: 0,
  givenUp: false,
  flag: null,
  seen: 0,
});

/**
 * Whether a call should stop: its AbortSignal has fired, or an interrupt came since it began, or an interrupted cell
 * goes on with it. (A host stops waiting for an interrupted cell, but its code runs on behind the host's back.)
 * @throws OptionError when the signal is something else
 */
export function interruption(signal?: AbortSignal): () => boolean {
  // Not read: some count how often they are looked at.
  if (
    signal !== undefined &&
    !(typeof signal === 'object' && (signal as object | null) !== null && 'aborted' in signal)
  ) {
    throw new OptionError(
      `signal: expected an AbortSignal, such as new AbortController().signal, got a value of type ${typeof signal}.`,
    );
  }
  const atStart = interrupts.givenUp ? -1 : interrupts.count;
  return () => {
    takeNotice();
    return signal?.aborted === true || interrupts.count > atStart;
  };
}

/** Whether another thread has heard of an interrupt that no call has stopped for yet. Says so once. */
export function takeNotice(): boolean {
  const { flag, seen } = interrupts;
  if (flag === null) return false;
  interrupts.seen = Atomics.load(flag, 0);
  if (interrupts.seen === seen) return false;
  Atomics.store(flag, 1, interrupts.seen);
  interrupts.count++;
  return true;
}

/** For hosts, such as the notebook kernel: every call that is under way stops at its next safe point. */
export function interruptAll(): void {
  takeNotice();
  interrupts.count++;
}

/** For hosts: from now on, until `startCell`, calls stop as soon as they begin. */
export function giveUpCell(): void {
  interrupts.givenUp = true;
}

/** For hosts: a cell begins. */
export function startCell(): void {
  takeNotice();
  interrupts.givenUp = false;
}

/**
 * For hosts: another thread hears of interrupts while this one computes. It counts `flag[0]` up at each, and `flag[1]` tells
 * it how many of them have been taken notice of.
 */
export function watchFlag(flag: Int32Array): void {
  interrupts.flag = flag;
  interrupts.seen = Atomics.load(flag, 0);
}
