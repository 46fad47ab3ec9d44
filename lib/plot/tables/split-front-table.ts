import { type FrontRow, summariseFront } from '../../compare/summarise-front.js';
import { shortened } from '../figure/label.js';
import { rounded } from '../figure/number-format.js';
import { Table } from './table.js';

/** Every way at every size: what is kept, what all modules together lose, and how long the split took; means over seeds. */
export function splitFrontTable(rows: readonly FrontRow[]): Table {
  return new Table(
    ['way', 'asked to keep (%)', 'seeds', 'kernels kept (%)', 'multiply-adds (%)', 'lost (points)', '±', 'difference (%)', 'time (s)'],
    summariseFront(rows).map((point) => [
      shortened(point.way),
      point.keep === null ? null : rounded(100 * point.keep),
      point.seeds,
      rounded(100 * point.kernelsKept.mean),
      rounded(100 * point.macsKept.mean),
      rounded(point.loss.mean),
      point.loss.std === null ? null : rounded(point.loss.std),
      rounded(100 * point.diff.mean),
      rounded(point.seconds.mean),
    ]),
  ); // prettier-ignore
}
