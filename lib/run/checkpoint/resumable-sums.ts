import { interruption } from '../../engine/interruption.js';
import { InterruptedError } from '../../errors.js';
import { type OnProgress, ProgressMeter } from '../progress.js';
import { checkpointFile } from './checkpoint-file.js';

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
  /** What must be the same for a pass to go on. Only asked for where there is a checkpoint. */
  readonly about: () => Readonly<Record<string, unknown>>;
}

/** Steps that are in the sums. */
const SUMS_CHECKPOINT = checkpointFile<number>('sums', 2);
/** Shortest time between two writes of the checkpoint. */
const WRITE_EVERY_MS = 10_000;

/**
 * Runs a pass, from its checkpoint where there is one; a finished pass's checkpoint gives the sums at once.
 * @throws InterruptedError on the signal, after the checkpoint was written; DataError when the checkpoint is no such file;
 *   OptionError when it belongs to another pass
 */
export async function runSumsPass(pass: SumsPass): Promise<void> {
  const { task, steps, unit, sums } = pass;
  const checkpoint = SUMS_CHECKPOINT.open(pass.checkpoint, () =>
    JSON.stringify({ ...pass.about(), steps, sums: sums.map(({ length }) => length) }),
  );
  const start = checkpoint.saved?.state ?? 0;
  // There are as many as now, and as long: the fingerprint says so.
  for (const [i, { values }] of checkpoint.saved?.arrays['sums']?.entries() ?? []) sums[i]!.set(values);
  const meter = new ProgressMeter(pass.onProgress, task, steps, unit, start);
  const stopped = interruption(pass.signal);
  let writtenAt = performance.now();
  const write = async (done: number) => {
    await checkpoint.write(done, () => ({ sums: sums.map((values) => ({ shape: [values.length], values })) }));
    writtenAt = performance.now();
  };
  for (let i = start; i < steps; i++) {
    if (stopped()) {
      await write(i);
      throw new InterruptedError(`${task} stopped after ${i} of ${steps} ${unit}${checkpoint.resume}`);
    }
    await pass.step(i);
    meter.update(i + 1);
    if (i + 1 === steps || performance.now() - writtenAt > WRITE_EVERY_MS) await write(i + 1);
    await new Promise(setImmediate); // lets output, interrupts and other work through
  }
}
