import { createHash } from 'node:crypto';
import path from 'node:path';
import { ensureBackend } from '../../backend/ensure-backend.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { OptionError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import { experimentRows } from '../../run/experiment-rows.js';
import type { RunOptions } from '../../run/options.js';
import { packageVersion } from '../../run/package-version.js';
import * as tf from '../../tf.js';
import type { ReproductionRow } from './row.js';
import { openContext, type RowContext } from './row-context.js';
import { type RowResult, sizeOf, writeResult } from './row-result.js';
import type { Scale } from './scale.js';

/** What {@link reproduceRow} can be told. */
export interface ReproduceOptions extends Omit<RunOptions, 'seed'> {
  readonly scale: Scale;
  /** How many seeds. Default: as many as the row has at this scale. */
  readonly seeds?: number;
  /** Folder of the finished rows. */
  readonly results: string;
  /** Folder of checkpoints and caches. */
  readonly work: string;
  /** Folder of the networks' weights. */
  readonly models: string;
}

/**
 * Computes a row and writes its result. What is finished is kept after every part, and within it where it trains or searches, so that a
 * call that was stopped or killed goes on and ends with the same bytes.
 * @throws OptionError when the row is not offered at the scale or a network of it is missing, or a checkpoint belongs to other settings;
 *   DataError when images are missing; InterruptedError on `signal`
 */
export async function reproduceRow(row: ReproductionRow, options: ReproduceOptions): Promise<RowResult> {
  await ensureBackend();
  const { scale, seeds: count, results, work, models, onProgress, signal } = options;
  const size = sizeOf(row, scale, count);
  if (!size) {
    throw new OptionError(
      `'${row.id}' is not offered at scale '${scale}'; it is at ${Object.keys(row.sizes).join(', ')}.`,
    );
  }
  const { settings, seeds } = size;
  const shared = openContext({ scale, models, cache: path.join(work, 'cache') });
  try {
    const parts = row.parts(settings, seeds);
    const inputs = await digestsOf(row, shared);
    const fingerprint = JSON.stringify({ row: row.id, settings, parts, inputs });
    const digest = createHash('sha256').update(fingerprint).digest('hex');
    const plan = {
      task: row.id,
      unit: 'parts',
      keys: parts.map(({ key }) => key),
      // With other settings, images or networks it is another run, which does not touch what this one has finished.
      checkpoint: path.join(work, `${row.id}-${digest.slice(0, 8)}.checkpoint`),
      fingerprint,
      onProgress,
      signal,
    };
    const outputs = await experimentRows(plan, async (index, stateFile, inner) => {
      const output = await row.run(parts[index].input, { ...shared, stateFile, onProgress: inner, signal });
      return JSON.parse(JSON.stringify(output)) as unknown; // what a checkpoint would give back
    });
    const result: RowResult = {
      kind: 'reproductionResult',
      row: row.id,
      ...{ paper: row.paper, title: row.title, measured: row.measured },
      scale,
      seeds,
      settings,
      madeBy: { modulab: packageVersion(), backend: tf.getBackend() },
      inputs,
      findings: row.findings(outputs, settings),
      parts: parts.map(({ key }, i) => ({ key, output: outputs[i] })),
    };
    writeResult(results, result);
    return result;
  } finally {
    shared.close();
  }
}

/** What the row depends on beside its settings. */
async function digestsOf(
  row: ReproductionRow,
  context: Pick<RowContext, 'images' | 'network'>,
): Promise<Record<string, string>> {
  const { train, test } = await context.images();
  const digests: Record<string, string> = { train: imageSetDigest(train), test: imageSetDigest(test) };
  for (const id of row.networks) digests[id] = modelDigest(await context.network(id));
  return digests;
}
