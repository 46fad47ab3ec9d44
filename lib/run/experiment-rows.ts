import fs from 'node:fs';
import { DataError, InterruptedError, OptionError } from '../errors.js';
import { dropInnerFiles, innerFile } from './inner-files.js';
import { interruption } from '../engine/interruption.js';
import type { RunOptions } from './options.js';
import { ProgressMeter, type OnProgress } from './progress.js';
import { writeFileAtomically } from './write-file.js';

const FORMAT = 'modulab rows 1';

export interface ExperimentPlan extends Omit<RunOptions, 'seed'> {
  /** What the progress line calls the experiment. */
  readonly task: string;
  /** What a row is, in the plural. */
  readonly unit: string;
  /** One per row, all different, in the order in which the rows are made and returned. */
  readonly keys: readonly string[];
  /** JSON file of the finished rows; without it they are kept in memory only. */
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
  const { task, unit, keys, checkpoint, fingerprint, onProgress, signal } = plan;
  const saved = checkpoint === undefined ? null : readRows<Row>(checkpoint, fingerprint);
  const rows = new Map<string, Row>(saved);
  const write = (): void => {
    if (checkpoint === undefined) return;
    writeFileAtomically(checkpoint, JSON.stringify({ format: FORMAT, fingerprint, rows: [...rows] }) + '\n');
    dropInnerFiles(checkpoint);
  };
  if (!saved) write(); // from here on, states of rows in progress are those of this experiment
  const stopped = interruption(signal);
  let done = keys.filter((key) => rows.has(key)).length;
  const meter = new ProgressMeter(onProgress, task, keys.length, unit, done);
  for (const [index, key] of keys.entries()) {
    if (rows.has(key)) continue;
    if (stopped()) {
      const kept =
        checkpoint === undefined ? '.' : `; the next call with checkpoint '${checkpoint}' goes on from there.`;
      throw new InterruptedError(`${task}: stopped after ${done} of ${keys.length} ${unit}${kept}`);
    }
    const stateFile = checkpoint === undefined ? undefined : innerFile(checkpoint, String(index));
    rows.set(key, await make(index, stateFile, meter.inner));
    write();
    meter.update(++done);
  }
  return keys.map((key) => rows.get(key)!);
}

function readRows<Row>(file: string, fingerprint: string): [string, Row][] | null {
  if (!fs.existsSync(file)) return null;
  let saved: { format?: unknown; fingerprint?: unknown; rows?: unknown } | null;
  try {
    saved = JSON.parse(fs.readFileSync(file, 'utf8')) as typeof saved;
  } catch (cause) {
    throw new DataError(`checkpoint: '${file}' is no JSON. Name another file; it is left as it is.`, { cause });
  }
  if (saved?.format !== FORMAT || !Array.isArray(saved.rows)) {
    throw new DataError(
      `checkpoint: '${file}' holds no rows of an experiment. Name another file; it is left as it is.`,
    );
  }
  if (saved.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to an experiment with other options, images or models. Name another file, or ` +
        `delete it to start afresh.\n  there: ${String(saved.fingerprint)}\n  now:   ${fingerprint}`,
    );
  }
  return saved.rows as [string, Row][];
}
