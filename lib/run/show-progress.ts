import { currentCell, inKernel, updatingDisplay } from './kernel-channel.js';
import type { OnProgress } from './progress.js';
import { memoryNote, progressLine } from './progress-line.js';

/** Somewhere to show progress. */
export interface ProgressPlace {
  /** Milliseconds between two updates of a line. */
  readonly intervalMs: number;
  /** Begins a line. */
  readonly open: () => (text: string, last: boolean) => void;
  /** Where a line that is begun now would stand: a task of the same name goes on in the same line there. Missing: nowhere. */
  readonly position?: () => unknown;
}

/** What a terminal and a log file have in common. */
interface TextStream {
  write: (text: string) => unknown;
  readonly columns?: number;
}

/**
 * A progress display for `onProgress`: one updating line per task, its parts included. In a notebook it is an output of the
 * cell, in a terminal the current line; a log file gets a line at the start, every ten seconds and at the end.
 * @example
 * await evaluate(strong, test, { onProgress: showProgress(), task: 'test the strong model' });
 */
export function showProgress(): OnProgress {
  if (inKernel()) return progressAt(notebookPlace());
  return progressAt(process.stderr.isTTY ? terminalPlace(process.stderr) : logPlace(process.stderr));
}

/** @param extra what is said of every state besides, e.g. how much memory is in use */
export function progressAt(
  { intervalMs, open, position }: ProgressPlace,
  extra: () => string = memoryNote,
): OnProgress {
  let line: { task: string; at: unknown; write: ReturnType<typeof open>; times: number } | null = null;
  let shownAt = -Infinity;
  let finished = false;
  return (event) => {
    const { task } = event.within?.[0] ?? event;
    const last = !event.within && event.done >= event.total;
    const at = position?.();
    const same = line?.task === task && line.at === at;
    if (!line || !same || (finished && !position)) {
      line = { task, at, write: open(), times: 1 };
      shownAt = -Infinity;
    } else if (finished) line.times++;
    finished = last;
    const now = performance.now();
    if (!last && now - shownAt < intervalMs) return;
    shownAt = now;
    const times = line.times > 1 ? `  (run ${line.times})` : '';
    line.write(`${progressLine(event)}  ${extra()}${times}`, last);
  };
}

/** A display of the cell per task. */
export function notebookPlace(): ProgressPlace {
  const open = () => {
    const show = updatingDisplay();
    return (text: string) => show({ 'text/plain': text });
  };
  return { intervalMs: 500, open, position: currentCell };
}

/** The terminal's current line, which never grows beyond its width. */
export function terminalPlace(stream: TextStream): ProgressPlace {
  let open = false;
  return {
    intervalMs: 100,
    open: () => {
      if (open) stream.write('\n'); // a task that was stopped keeps its line
      return (text, last) => {
        open = !last;
        stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, (stream.columns || 80) - 1))}${last ? '\n' : ''}`);
      };
    },
  };
}

/** Lines that stay. */
export function logPlace(stream: TextStream): ProgressPlace {
  return { intervalMs: 10_000, open: () => (text) => stream.write(`${text}\n`) };
}
