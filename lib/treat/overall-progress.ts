import type { OnProgress } from '../run/progress.js';

/** Progress of several training runs of one length as that of a single task. */
export interface OverallProgress {
  /** What to give to a run as its `onProgress`. */
  run: (index: number, name: string) => OnProgress;
  /** Reports the end, also of runs that were finished before. */
  finish: () => void;
}

/** Counts the batches of `runs` runs. Only what is done in this call counts as pace. */
export function overallProgress(
  onProgress: OnProgress | undefined,
  task: string,
  runs: number,
  batchesPerRun: number,
): OverallProgress {
  const startedAt = performance.now();
  const total = runs * batchesPerRun;
  const doneHere = new Map<number, number>();
  const report = (done: number, note?: string): void => {
    const elapsedMs = performance.now() - startedAt;
    const here = [...doneHere.values()].reduce((sum, count) => sum + count, 0);
    const etaMs = here > 0 ? (elapsedMs / here) * (total - done) : null;
    onProgress?.({ task, done, doneHere: here, total, unit: 'batches', elapsedMs, etaMs, note });
  };
  return {
    run: (index, name) => (event) => {
      doneHere.set(index, event.doneHere);
      const done = index * batchesPerRun + event.done;
      if (done < total) report(done, [name, event.note].join(', '));
    },
    finish: () => report(total),
  };
}
