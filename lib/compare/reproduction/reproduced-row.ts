import path from 'node:path';
import { OptionError } from '../../errors.js';
import { projectFolder } from '../../run/project-folder.js';
import { REPRODUCTION_ROWS, reproductionRowById } from './registry.js';
import { type PaperId, PAPERS } from './row.js';
import { readResult, type RowResult, stateOf, withTodaysFindings } from './row-result.js';
import type { Scale } from './scale.js';

/** A table of a paper, computed: published values, ours over seeds, a control, and what can be said of the difference. Plain data. */
export interface ReproducedRow extends Pick<RowResult, 'row' | 'scale' | 'seeds' | 'madeBy' | 'findings'> {
  readonly kind: 'reproducedRow';
  readonly paper: PaperId;
  /** The paper's name and year. */
  readonly paperTitle: string;
  readonly title: string;
  /** What is measured on which images, in a sentence. */
  readonly measured: string;
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
 * @returns in the order of the papers; empty where nothing is computed
 * @throws OptionError when there is no such paper; DataError when a file is no such result
 * @example
 * for (const row of comparing.reproducedRows({ paper: 'cnnsplitter' })) plot.reproducedRow(row).show();
 */
export function reproducedRows({ paper, scale = 'lab', folder }: ReproducedRowsOptions = {}): ReproducedRow[] {
  if (paper !== undefined && !Object.hasOwn(PAPERS, paper)) {
    throw new OptionError(`paper: expected one of ${Object.keys(PAPERS).join(', ')}, got '${paper}'.`);
  }
  const from = folder ?? path.join(projectFolder(), 'notebooks', 'reproduction');
  return REPRODUCTION_ROWS.filter((row) => paper === undefined || row.paper === paper).flatMap((row) => {
    const result = readResult(from, row.id, scale);
    return result === null ? [] : [described(result)];
  });
}

/**
 * One of {@link reproducedRows} by its name, as `npm run reproduce -- --list` prints it.
 * @throws OptionError when there is no such row, or it is not computed yet; DataError when its file is no such result
 * @example
 * plot.reproducedRow(comparing.reproducedRow('cnnsplitter-modules-rescnn-quarter')).show();
 */
export function reproducedRow(name: string, options: Omit<ReproducedRowsOptions, 'paper'> = {}): ReproducedRow {
  const { id, paper } = reproductionRowById(name);
  const found = reproducedRows({ ...options, paper }).find(({ row }) => row === id);
  if (found) return found;
  throw new OptionError(
    `'${name}' is not computed yet at scale ${options.scale ?? 'lab'}: npm run reproduce -- ${name}`,
  );
}

function described(result: RowResult): ReproducedRow {
  const definition = reproductionRowById(result.row);
  const size = definition.sizes[result.scale];
  // Of other settings than today's the findings stay as they were.
  const today = size && stateOf(result, size) === 'done' ? withTodaysFindings(definition, result) : result;
  const { row, scale, seeds, madeBy, findings } = today;
  const { paper, title, measured } = definition;
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
