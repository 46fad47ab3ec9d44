/** A signal that fires when it is asked for the time after `checks`: at the same point of the work on a machine of any speed. */
export function stopAfter(checks: number): AbortSignal {
  let left = checks;
  return Object.defineProperty(new EventTarget(), 'aborted', { get: () => left-- <= 0 }) as AbortSignal;
}
