import fs from 'node:fs';
import { DataError, InterruptedError, OptionError } from '../errors.js';
import { interruption } from '../engine/interruption.js';
import { ProgressMeter, type OnProgress } from './progress.js';
import { writeFileAtomically } from './write-file.js';

/** A long pass that does nothing but add to sums, step by step in a fixed order. */
export interface SumsPass {
  /** For the progress events and messages, e.g. 'kernel gradients'. */
  readonly task: string;
  readonly steps: number;
  /** What a step is, in the plural. */
  readonly unit: string;
  /** What the steps add to. All zero at the start. */
  readonly sums: readonly Float64Array[];
  /** Adds step number `i`. */
  readonly step: (i: number) => Promise<void> | void;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** File that an interrupted pass goes on from, with the same result. */
  readonly checkpoint?: string;
  /** What must be the same for a pass to go on, as JSON. Only asked for where there is a checkpoint. */
  readonly fingerprint: () => string;
}

const FORMAT = 'modulab sums checkpoint 1';
/** Shortest time between two writes of the checkpoint. */
const WRITE_EVERY_MS = 10_000;

/**
 * Runs a pass, from its checkpoint where there is one; a finished pass's checkpoint gives the sums at once.
 * @throws InterruptedError on the signal, after the checkpoint was written; DataError when the checkpoint is no such file;
 *   OptionError when it belongs to another pass
 */
export async function runSumsPass(pass: SumsPass): Promise<void> {
  const { task, steps, unit, sums, checkpoint } = pass;
  const fingerprint = checkpoint === undefined ? '' : pass.fingerprint();
  const start = checkpoint === undefined ? 0 : restore(checkpoint, fingerprint, sums);
  const meter = new ProgressMeter(pass.onProgress, task, steps, unit, start);
  const stopped = interruption(pass.signal);
  let writtenAt = performance.now();
  const write = (done: number) => {
    if (checkpoint !== undefined) writeFileAtomically(checkpoint, serialise(fingerprint, done, sums));
    writtenAt = performance.now();
  };
  for (let i = start; i < steps; i++) {
    if (stopped()) {
      write(i);
      throw new InterruptedError(`${task} stopped after ${i} of ${steps} ${unit}.`);
    }
    await pass.step(i);
    meter.update(i + 1);
    if (i + 1 === steps || performance.now() - writtenAt > WRITE_EVERY_MS) write(i + 1);
    await new Promise(setImmediate); // lets output, interrupts and other work through
  }
}

function serialise(fingerprint: string, done: number, sums: readonly Float64Array[]): string {
  const values = sums.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64'));
  return JSON.stringify({ format: FORMAT, fingerprint, done, sums: values });
}

/** Fills in the saved sums; returns the number of steps that are in them. */
function restore(file: string, fingerprint: string, sums: readonly Float64Array[]): number {
  if (!fs.existsSync(file)) return 0;
  const saved = parse(file);
  if (saved.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to a run with other options, images or weights. Name another file, or delete it to start afresh.\n` +
        `  there: ${saved.fingerprint}\n  now:   ${fingerprint}`,
    );
  }
  sums.forEach((sum, i) => {
    const bytes = Buffer.from(saved.sums[i] ?? '', 'base64');
    if (bytes.length !== sum.byteLength) {
      throw new DataError(
        `checkpoint: '${file}' has ${bytes.length} bytes for sum ${i}, expected ${sum.byteLength}. Delete it to start afresh.`,
      );
    }
    Buffer.from(sum.buffer, sum.byteOffset, sum.byteLength).set(bytes);
  });
  return saved.done;
}

function parse(file: string): { fingerprint: string; done: number; sums: string[] } {
  try {
    const saved = JSON.parse(fs.readFileSync(file, 'utf8')) as ReturnType<typeof parse> & { format: string };
    if (saved.format === FORMAT && Number.isInteger(saved.done) && Array.isArray(saved.sums)) return saved;
  } catch {
    /* reported below */
  }
  throw new DataError(`checkpoint: '${file}' is no checkpoint of sums. Name another file; it is left as it is.`);
}
