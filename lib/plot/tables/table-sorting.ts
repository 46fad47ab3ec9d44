import { pageScript } from '../figure/page-script.js';

/** The script element that belongs behind a table. */
export function tableSorting(): string {
  return pageScript<typeof import('../page/sort-tables.js')>('sort-tables');
}
