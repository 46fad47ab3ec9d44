import { OptionError } from '../../errors.js';
import type { ReproductionRow } from './row.js';
import { CNNSPLITTER_ROWS } from './rows/cnnsplitter/cnnsplitter-rows.js';
import { DECOMPOSE_ROWS } from './rows/decompose/decompose-rows.js';
import { DOCTOR_ROWS } from './rows/doctor/doctor-rows.js';
import { GRADSPLITTER_ROWS } from './rows/gradsplitter/gradsplitter-rows.js';
import { NETWORK_ROWS } from './rows/networks/networks.js';
import { PROGRESSIVE_ROWS } from './rows/progressive/progressive-rows.js';

/** Every row that can be computed, by paper. */
export const REPRODUCTION_ROWS: readonly ReproductionRow[] = [
  ...NETWORK_ROWS,
  ...CNNSPLITTER_ROWS,
  ...GRADSPLITTER_ROWS,
  ...DECOMPOSE_ROWS,
  ...DOCTOR_ROWS,
  ...PROGRESSIVE_ROWS,
];

/** @throws OptionError naming the rows that there are */
export function reproductionRowById(id: string): ReproductionRow {
  const row = REPRODUCTION_ROWS.find((candidate) => candidate.id === id);
  if (row) return row;
  throw new OptionError(
    `rows: expected some of ${REPRODUCTION_ROWS.map((known) => known.id).join(', ')}, got '${id}'.`,
  );
}
