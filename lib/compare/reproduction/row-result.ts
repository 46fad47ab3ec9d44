import fs from 'node:fs';
import path from 'node:path';
import { DataError } from '../../errors.js';
import { writeFileAtomically } from '../../run/write-file.js';
import type { Finding } from './finding.js';
import type { PaperId, ReproductionRow, RowSize } from './row.js';
import type { Scale } from './scale.js';

/** A finished row, as its file holds it. Plain data; the same bytes however often its making was interrupted. */
export interface RowResult {
  readonly kind: 'reproductionResult';
  readonly row: string;
  readonly paper: PaperId;
  readonly title: string;
  /** What is measured on which images, in a sentence. */
  readonly measured: string;
  readonly scale: Scale;
  readonly seeds: readonly number[];
  readonly settings: unknown;
  /** What computed it: version, backend. */
  readonly madeBy: { readonly modulab: string; readonly backend: string };
  /** Of images and networks: name → digest. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  readonly parts: readonly { readonly key: string; readonly output: unknown }[];
}

/** Whether a row is done at a scale; 'outdated' where its file was made with other settings or seeds. */
export type RowState = 'done' | 'outdated' | 'to do';

export const resultFile = (folder: string, row: string, scale: Scale): string =>
  path.join(folder, `${row}.${scale}.json`);

/** Null where there is none. @throws DataError when the file is no such result */
export function readResult(folder: string, row: string, scale: Scale): RowResult | null {
  const file = resultFile(folder, row, scale);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new DataError(`${file}: cannot be read (${(cause as Error).message}).`, { cause });
  }
  try {
    const result = JSON.parse(text) as RowResult;
    if (result.kind !== 'reproductionResult' || result.row !== row || result.scale !== scale)
      throw new Error('another kind');
    return result;
  } catch (cause) {
    throw new DataError(
      `${file}: expected the result of the row '${row}' at scale ${scale}. Delete the file to compute it again.`,
      { cause },
    );
  }
}

export function writeResult(folder: string, result: RowResult): string {
  const file = resultFile(folder, result.row, result.scale);
  writeFileAtomically(file, `${JSON.stringify(result, null, 1)}\n`);
  return file;
}

/** Whether a result is of these settings and seeds. */
export function stateOf(result: RowResult | null, size: RowSize<unknown>): RowState {
  if (result === null) return 'to do';
  const same = JSON.stringify([result.settings, result.seeds]) === JSON.stringify([size.settings, size.seeds]);
  return same ? 'done' : 'outdated';
}

/** A row's size at a scale with as many seeds as asked for; null where the row is not offered there. */
export function sizeOf(row: ReproductionRow, scale: Scale, seeds?: number): RowSize<unknown> | null {
  const size = row.sizes[scale];
  if (!size) return null;
  if (seeds === undefined || row.paper === 'networks') return size;
  const own = Array.from({ length: seeds }, (_, i) => size.seeds[i] ?? i + 1);
  return { ...size, seeds: own, minutes: (size.minutes * seeds) / size.seeds.length };
}

/**
 * A finished row with today's words, and the findings that its parts have by today's tests; what was computed is kept.
 * @returns the result itself where nothing changes
 */
export function withTodaysFindings(row: ReproductionRow, result: RowResult): RowResult {
  const outputs = result.parts.map(({ output }) => output);
  const findings = JSON.parse(JSON.stringify(row.findings(outputs, result.settings))) as readonly Finding[];
  const { paper, title, measured } = row;
  const today = { paper, title, measured, findings };
  const same = Object.entries(today).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(result[name as keyof typeof today]),
  );
  return same ? result : { ...result, ...today };
}
