import type { CellFailure } from './cell-failure.js';

/** What came of a cell. */
export type Outcome =
  | {
      readonly kind: 'value';
      /** Of the last expression; undefined where the cell does not end in one. */
      readonly value: unknown;
    }
  | {
      /** What a name is, which the cell has asked for. */
      readonly kind: 'help';
      readonly text: string;
    }
  | {
      /** 'type errors': nothing of it has run. */
      readonly kind: 'type errors' | 'error' | 'interrupted';
      readonly failure: CellFailure;
    };
