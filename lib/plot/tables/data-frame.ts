import { lazyModule } from '../figure/lazy-module.js';
import type { Cell } from './cell.js';

type Danfo = typeof import('danfojs-node');

/** A danfo DataFrame. */
export type Frame = import('danfojs-node').DataFrame;

/** Columns and rows as a danfo DataFrame; cells without a value are NaN. Danfo is loaded at the first call, which takes seconds. */
export function dataFrame(columns: readonly string[], rows: readonly (readonly Cell[])[]): Frame {
  const { DataFrame } = lazyModule<Danfo>('danfojs-node');
  // danfo's summaries fail on null but skip NaN
  return new DataFrame(
    rows.map((row) => row.map((cell) => cell ?? NaN)),
    { columns: [...columns] },
  );
}
