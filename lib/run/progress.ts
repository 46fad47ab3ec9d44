/** One state of a long task. Times in milliseconds. */
export interface ProgressEvent {
  /** What is being done, e.g. 'train strong model'. */
  task: string;
  done: number;
  total: number;
  /** What is counted, in the plural: 'batches', 'generations', 'images'. */
  unit: string;
  elapsedMs: number;
  /** Expected time to the end at the mean pace so far; null before anything is done. */
  etaMs: number | null;
  /** Current figures, e.g. 'loss 0.412'. */
  note?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

/** Counts one task and reports it at most every 100 ms, and always at its end. */
export class ProgressMeter {
  private readonly startedAt = performance.now();
  private lastReport = -Infinity;
  private firstDone: number | null = null;

  constructor(
    private readonly onProgress: OnProgress | undefined,
    private readonly task: string,
    private readonly total: number,
    private readonly unit: string,
  ) {}

  /** Says that `done` of the total are finished. Work that a checkpoint had already finished does not count as pace. */
  update(done: number, note?: string): void {
    this.firstDone ??= done <= 1 ? 0 : done - 1;
    const now = performance.now();
    if (!this.onProgress || (now - this.lastReport < 100 && done < this.total)) return;
    this.lastReport = now;
    const elapsedMs = now - this.startedAt;
    const finishedHere = done - this.firstDone;
    const etaMs = finishedHere > 0 ? (elapsedMs / finishedHere) * (this.total - done) : null;
    this.onProgress({ task: this.task, done, total: this.total, unit: this.unit, elapsedMs, etaMs, note });
  }
}
