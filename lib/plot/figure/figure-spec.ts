import type { Cell } from '../tables/cell.js';
import type { FigureLayout, Trace } from './plotly-json.js';

/** A number from a paper that belongs beside a figure. */
export interface PublishedValue {
  /** What was measured, e.g. 'recall gain, simple'. */
  readonly quantity: string;
  /** The same quantity in this figure; null where there is none. */
  readonly here: number | null;
  readonly paper: number;
  /** Of both. */
  readonly unit: string;
  /** Where it stands: paper and table or figure; what is known to differ. */
  readonly source: string;
}

/** What a figure is made of: plain Plotly JSON, a plain title and a sentence for those who cannot see it. */
export interface FigureSpec {
  readonly title: string;
  /** Title and main numbers in words; what viewers without images show. */
  readonly altText: string;
  readonly data: readonly Trace[];
  readonly layout: FigureLayout;
  /** The paper's numbers, as far as the figure holds or stands beside any. */
  readonly published?: readonly PublishedValue[];
  /** The data in words and numbers, where traces alone do not tell it (pictures, tiles, panels). */
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] };
}
