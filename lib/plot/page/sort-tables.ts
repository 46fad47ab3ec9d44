/// <reference lib="dom" />

declare global {
  interface Window {
    /** Makes the heads of tables that have come since usable. */
    modulabTables?: () => void;
  }
}

const HEADS = 'table.modulab-table thead th';

/**
 * Makes the columns of every modulab table on a page sortable by a click or by Enter, again for the other direction. It stands behind
 * every table, since any cell may be the only one that is run; the first one on a page does the work for all. Viewers that run no
 * scripts drop it and show the table as it is.
 */
export default function sortTables(): void {
  if (!window.modulabTables) {
    window.modulabTables = prepareHeads;
    document.addEventListener('click', sortByHead);
    document.addEventListener('keydown', sortByHead);
  }
  window.modulabTables();
}

function prepareHeads(): void {
  for (const head of document.querySelectorAll<HTMLElement>(`${HEADS}:not([tabindex])`)) {
    head.tabIndex = 0;
    head.style.cursor = 'pointer';
    head.title = 'sort';
  }
}

function sortByHead(event: MouseEvent | KeyboardEvent): void {
  if ('key' in event && event.key !== 'Enter') return;
  // The path leads through shadow roots as well, in which some front ends keep outputs.
  const head = event.composedPath().find((node) => (node as Partial<Element>).matches?.(HEADS)) as
    HTMLElement | undefined;
  const body = head?.closest('table')?.tBodies[0];
  if (!head || !body) return;
  const heads = [...head.parentElement!.children];
  const rows = [...body.rows].map((row) => [cellValue(row.cells[heads.indexOf(head)]), row] as const);
  const numeric = rows.every(([value]) => typeof value !== 'string');
  const now = head.getAttribute('aria-sort');
  const ascending = now ? now !== 'ascending' : !numeric;
  for (const other of heads) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null); // what is not there, last
    return (ascending ? 1 : -1) * compared(a, b);
  });
  body.append(...rows.map(([, row]) => row));
}

function cellValue(cell: HTMLElement | undefined): number | string | null {
  const text = cell?.dataset.value ?? cell?.textContent ?? '';
  if (text === 'n/a' || text === '') return null;
  const number = Number(text.replace(/^\u2212/, '-').replace(/^\+/, ''));
  return Number.isNaN(number) ? text : number;
}

function compared(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
