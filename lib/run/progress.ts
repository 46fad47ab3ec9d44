import { OptionError } from '../errors.js';

/** One state of a long task. Times in milliseconds. */
export interface ProgressEvent {
  /** What is being done, e.g. 'train strong model'. */
  task: string;
  done: number;
  /** What of `done` was done in this run; the rest had been finished before, by the run that is gone on with. */
  doneHere: number;
  total: number;
  /** What is counted, in the plural: 'batches', 'generations', 'images'. */
  unit: string;
  elapsedMs: number;
  /** Expected time to the end at this run's mean pace so far; null before anything is done in it. */
  etaMs: number | null;
  /** Current figures, e.g. 'loss 0.412'. */
  note?: string;
  /** The tasks that this one is a part of, outermost first, as far as they are; missing where there is none. */
  within?: readonly ProgressEvent[];
}

/** Takes the progress events of a long call; {@link showProgress} makes one that shows them. */
export type OnProgress = (event: ProgressEvent) => void;

/** Counts one task and reports it at most every 100 ms, and always at its end. */
export class ProgressMeter {
  /** What to give as `onProgress` to calls that are parts of this task. */
  readonly inner: OnProgress | undefined;
  private readonly startedAt = performance.now();
  private updatedAt = this.startedAt;
  private lastReport = -Infinity;
  private done: number;
  private note: string | undefined;

  /** @param alreadyDone what had been finished before this run, e.g. up to a checkpoint; it does not count as pace */
  constructor(
    private readonly onProgress: OnProgress | undefined,
    private readonly task: string,
    private readonly total: number,
    private readonly unit: string,
    private readonly alreadyDone = 0,
  ) {
    this.done = alreadyDone;
    if (onProgress !== undefined && typeof onProgress !== 'function') {
      throw new OptionError(`onProgress: expected a function, such as showProgress(), got ${String(onProgress)}.`);
    }
    this.inner = onProgress && ((event) => onProgress({ ...event, within: [this.state(), ...(event.within ?? [])] }));
  }

  /** Says that `done` of the total are finished, with what had already been. */
  update(done: number, note?: string): void {
    this.done = done;
    this.note = note;
    const now = (this.updatedAt = performance.now());
    if (!this.onProgress || (now - this.lastReport < 100 && done < this.total)) return;
    this.lastReport = now;
    this.onProgress(this.state(now));
  }

  private state(now = performance.now()): ProgressEvent {
    const { task, done, total, unit, note } = this;
    const elapsedMs = now - this.startedAt;
    const doneHere = done - this.alreadyDone;
    // Between two updates, while a part is under way, the time to go goes down.
    const counted = this.updatedAt - this.startedAt;
    const etaMs = doneHere > 0 ? Math.max(0, (counted / doneHere) * (total - done) - (elapsedMs - counted)) : null;
    return { task, done, doneHere, total, unit, elapsedMs, etaMs, note };
  }
}
