import { optionalPackage } from '../../run/installation/optional-package.js';
import type { Cell } from './cell.js';

type Danfo = typeof import('danfojs-node');

/** A danfo DataFrame. */
export type Frame = import('danfojs-node').DataFrame;

/**
 * Columns and rows as a danfo DataFrame; cells without a value are NaN. Danfo is loaded at the first call, which takes seconds.
 * @throws ModulabError where danfo is not installed
 */
export function dataFrame(columns: readonly string[], rows: readonly (readonly Cell[])[]): Frame {
  const { DataFrame } = optionalPackage<Danfo>('danfojs-node', {
    what: 'A data frame (frame())',
    packages: ['danfojs-node'],
  });
  // danfo's summaries fail on null but skip NaN
  return new DataFrame(
    rows.map((row) => row.map((cell) => cell ?? NaN)),
    { columns: [...columns] },
  );
}
