import { inKernel, updatingDisplay } from './kernel-channel.js';
import type { OnProgress, ProgressEvent } from './progress.js';

/** Milliseconds between two updates, by where they go. A kernel drops messages when they come too fast. */
const INTERVAL = { notebook: 500, terminal: 100, log: 10_000 };

/**
 * A progress display for `onProgress`: one updating line per task. In a notebook it is an output of the cell, in a
 * terminal the current line, in a log file a new line every ten seconds; the last state is always shown.
 */
export function showProgress(): OnProgress {
  const place = inKernel() ? 'notebook' : process.stderr.isTTY ? 'terminal' : 'log';
  let task: string | null = null;
  let write: (line: string, last: boolean) => void;
  let shownAt = -Infinity;
  return (event) => {
    const last = event.done >= event.total;
    if (event.task !== task) {
      task = event.task;
      shownAt = -Infinity;
      write = writer(place);
    }
    const now = performance.now();
    if (!last && now - shownAt < INTERVAL[place]) return;
    shownAt = now;
    write(progressLine(event), last);
    if (last) task = null;
  };
}

function writer(place: keyof typeof INTERVAL): (line: string, last: boolean) => void {
  if (place === 'notebook') {
    const show = updatingDisplay();
    return (line) => show({ 'text/plain': line });
  }
  if (place === 'terminal') return (line, last) => process.stderr.write(`\r\x1b[2K${line}${last ? '\n' : ''}`);
  return (line) => process.stderr.write(line + '\n');
}

/** Bytes are shown as megabytes. E.g. `train  31 % (120/390 batches)  4.1 batches/s  0:29 gone, 1:05 to go  loss 0.412`. */
export function progressLine({ task, done, doneHere, total, unit, elapsedMs, etaMs, note }: ProgressEvent): string {
  const inBytes = unit === 'bytes';
  const amount = (n: number) => (inBytes ? (n / 1e6).toFixed(1) : String(n));
  const shownUnit = inBytes ? 'MB' : unit;
  const pace = elapsedMs > 0 ? (1000 * doneHere) / elapsedMs / (inBytes ? 1e6 : 1) : 0;
  const parts = [
    task,
    `${Math.floor((100 * done) / total)} % (${amount(done)}/${amount(total)} ${shownUnit})`,
    `${pace < 10 ? pace.toFixed(1) : Math.round(pace)} ${shownUnit}/s`,
    done >= total
      ? `${clock(elapsedMs)} in all`
      : `${clock(elapsedMs)} gone, ${etaMs === null ? '?' : clock(etaMs)} to go`,
  ];
  if (note) parts.push(note);
  return parts.join('  ');
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
