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
}

export type OnProgress = (event: ProgressEvent) => void;

/** Counts one task and reports it at most every 100 ms, and always at its end. */
export class ProgressMeter {
  private readonly startedAt = performance.now();
  private lastReport = -Infinity;

  /** @param alreadyDone what had been finished before this run, e.g. up to a checkpoint; it does not count as pace */
  constructor(
    private readonly onProgress: OnProgress | undefined,
    private readonly task: string,
    private readonly total: number,
    private readonly unit: string,
    private readonly alreadyDone = 0,
  ) {}

  /** Says that `done` of the total are finished, with what had already been. */
  update(done: number, note?: string): void {
    const now = performance.now();
    if (!this.onProgress || (now - this.lastReport < 100 && done < this.total)) return;
    this.lastReport = now;
    const elapsedMs = now - this.startedAt;
    const doneHere = done - this.alreadyDone;
    const etaMs = doneHere > 0 ? (elapsedMs / doneHere) * (this.total - done) : null;
    this.onProgress({ task: this.task, done, doneHere, total: this.total, unit: this.unit, elapsedMs, etaMs, note });
  }
}
