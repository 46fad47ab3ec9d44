import fs from 'node:fs';
import path from 'node:path';
import { DataError, OptionError } from '../../errors.js';
import { projectFolder } from '../../run/project-folder.js';
import { type PaperId, PAPERS } from './row.js';
import { readResult, type RowResult } from './row-result.js';
import type { Scale } from './scale.js';

/** A table of a paper, computed: published values, ours over seeds, a control, and what can be said of the difference. Plain data. */
export interface ReproducedRow extends Pick<
  RowResult,
  'row' | 'paper' | 'title' | 'measured' | 'scale' | 'seeds' | 'madeBy' | 'findings'
> {
  readonly kind: 'reproducedRow';
  /** The paper's name and year. */
  readonly paperTitle: string;
}

/** Which results {@link reproducedRows} reads. */
export interface ReproducedRowsOptions {
  /** Rows of one paper. Default: of all. */
  readonly paper?: PaperId;
  /** How much was computed. Default 'lab', on all of CIFAR-10. */
  readonly scale?: Scale;
  /** Where `npm run reproduce` wrote results. Default: those that come with the project, notebooks/reproduction. */
  readonly folder?: string;
}

/**
 * The papers' tables as `npm run reproduce` has computed them, without computing anything: of each the published values, ours with
 * their spread over seeds, the control, a test and its verdict. Rows that are not computed yet are left out.
 * @returns in the order of the papers, then by name; empty where nothing is computed
 * @throws OptionError when there is no such paper; DataError when a file is no such result
 * @example
 * for (const row of comparing.reproducedRows({ paper: 'cnnsplitter' })) plot.reproducedRow(row).show();
 */
export function reproducedRows({ paper, scale = 'lab', folder }: ReproducedRowsOptions = {}): ReproducedRow[] {
  if (paper !== undefined && !Object.hasOwn(PAPERS, paper)) {
    throw new OptionError(`paper: expected one of ${Object.keys(PAPERS).join(', ')}, got '${paper}'.`);
  }
  const from = folder ?? path.join(projectFolder(), 'notebooks', 'reproduction');
  const papers = Object.keys(PAPERS);
  return namesIn(from, scale)
    .flatMap((name) => readResult(from, name, scale) ?? [])
    .filter((result) => paper === undefined || result.paper === paper)
    .map(described)
    .sort((a, b) => papers.indexOf(a.paper) - papers.indexOf(b.paper));
}

/**
 * One of {@link reproducedRows} by its name, as `npm run reproduce -- --list` prints it.
 * @throws OptionError when it is not computed, or there is no such row; DataError when its file is no such result
 * @example
 * plot.reproducedRow(comparing.reproducedRow('cnnsplitter-modules-rescnn-quarter')).show();
 */
export function reproducedRow(name: string, options: Omit<ReproducedRowsOptions, 'paper'> = {}): ReproducedRow {
  const rows = reproducedRows(options);
  const found = rows.find(({ row }) => row === name);
  if (found) return found;
  throw new OptionError(
    `'${name}' is not computed at scale ${options.scale ?? 'lab'} (npm run reproduce -- ${name}); ` +
      `there are ${rows.map(({ row }) => row).join(', ') || 'none'}.`,
  );
}

/** Names of the rows whose results are in a folder, sorted. */
function namesIn(folder: string, scale: Scale): string[] {
  const ending = `.${scale}.json`;
  let files: string[];
  try {
    files = fs.readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DataError(`${folder}: cannot be read (${(cause as Error).message}).`, { cause });
  }
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

function described({ row, paper, title, measured, scale, seeds, madeBy, findings }: RowResult): ReproducedRow {
  return {
    kind: 'reproducedRow',
    row,
    paper,
    paperTitle: PAPERS[paper],
    title,
    measured,
    scale,
    seeds,
    madeBy,
    findings,
  };
}
