import { interruption } from '../engine/interruption.js';
import { InterruptedError } from '../errors.js';
import { checkpointFile } from './checkpoint/checkpoint-file.js';
import type { RunOptions } from './options.js';
import { type OnProgress, ProgressMeter } from './progress.js';

/** Finished rows by their key. */
const ROWS_CHECKPOINT = checkpointFile<readonly (readonly [string, unknown])[]>('rows', 3);

export interface ExperimentPlan extends Omit<RunOptions, 'seed'> {
  /** What the progress line calls the experiment. */
  readonly task: string;
  /** What a row is, in the plural. */
  readonly unit: string;
  /** One per row, all different, in the order in which the rows are made and returned. */
  readonly keys: readonly string[];
  /** File of the finished rows; without it they are kept in memory only. */
  readonly checkpoint?: string;
  /** What must be the same for finished rows to count: options, images and models, as JSON. */
  readonly fingerprint: string;
}

/**
 * Makes the rows of an experiment one after the other. A row is written to the checkpoint as soon as it is finished, and an
 * interrupted call goes on behind the last one.
 * @param make makes row number `index` as plain data; `stateFile`, where there is a checkpoint, is for the state of the row in progress and
 *   is removed when the row is finished; `inner` is for the progress of calls that are part of the row
 * @throws InterruptedError on `signal`, between two rows; DataError when the checkpoint is no such file; OptionError when it belongs to
 *   another experiment
 */
export async function experimentRows<Row>(
  plan: ExperimentPlan,
  make: (index: number, stateFile: string | undefined, inner: OnProgress | undefined) => Promise<Row>,
): Promise<Row[]> {
  const { task, unit, keys, fingerprint, onProgress, signal } = plan;
  const checkpoint = ROWS_CHECKPOINT.open(plan.checkpoint, () => fingerprint);
  const rows = new Map(checkpoint.saved?.state as readonly [string, Row][] | undefined);
  const write = () => checkpoint.write([...rows]);
  if (!checkpoint.saved) await write(); // from here on, states of rows in progress are those of this experiment
  const stopped = interruption(signal);
  let done = keys.filter((key) => rows.has(key)).length;
  const meter = new ProgressMeter(onProgress, task, keys.length, unit, done);
  for (const [index, key] of keys.entries()) {
    if (rows.has(key)) continue;
    if (stopped()) {
      throw new InterruptedError(`${task}: stopped after ${done} of ${keys.length} ${unit}${checkpoint.resume}`);
    }
    rows.set(key, await make(index, checkpoint.inner(String(index)), meter.inner));
    await write();
    meter.update(++done);
  }
  return keys.map((key) => rows.get(key)!);
}
