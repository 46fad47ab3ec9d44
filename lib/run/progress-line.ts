import { shortened } from '../printable.js';
import { memory } from '../tf.js';
import type { ProgressEvent } from './progress.js';

const MAX_CHARACTERS = 300;

/**
 * A state of a task as one line, e.g. `train  31 % (120/390 batches)  4.1 batches/s  0:29 gone, 1:05 to go  loss 0.412`. A
 * part of other tasks comes behind them: `simplify  33 % (1/3 layers)  0:04 gone, 0:09 to go · retrain  50 % (…`. Bytes are
 * shown as megabytes.
 */
export function progressLine(event: ProgressEvent): string {
  const parents = (event.within ?? []).map((parent) => join([share(parent), clocks(parent)]));
  const line = [...parents, join([share(event), pace(event), clocks(event), event.note])].join(' · ');
  return shortened(line, MAX_CHARACTERS);
}

/** What this process holds in memory, and what of it is tensors. */
export function memoryNote(): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return `memory ${megabytes(process.memoryUsage.rss())}, tensors ${megabytes(memory().numBytes)}`;
}

const join = (parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join('  ');
const inBytes = ({ unit }: ProgressEvent): boolean => unit === 'bytes';
const unitOf = (event: ProgressEvent): string => (inBytes(event) ? 'MB' : event.unit);

function share(event: ProgressEvent): string {
  const { task, done, total } = event;
  const amount = (n: number) => (inBytes(event) ? (n / 1e6).toFixed(1) : String(n));
  // Names in tasks may come out of files.
  return `${shortened(task, 80)}  ${Math.floor((100 * done) / total)} % (${amount(done)}/${amount(total)} ${unitOf(event)})`;
}

function pace(event: ProgressEvent): string {
  const { doneHere, elapsedMs } = event;
  const perSecond = elapsedMs > 0 ? (1000 * doneHere) / elapsedMs / (inBytes(event) ? 1e6 : 1) : 0;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} ${unitOf(event)}/s`;
}

function clocks({ done, total, elapsedMs, etaMs }: ProgressEvent): string {
  if (done >= total) return `${clock(elapsedMs)} in all`;
  return `${clock(elapsedMs)} gone, ${etaMs === null ? '?' : clock(etaMs)} to go`;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
