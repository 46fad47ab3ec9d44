import { OptionError } from '../../errors.js';
import { displayTarget } from '../../run/display-target.js';
import { inKernel, sendToNotebook } from '../../run/kernel-channel.js';
import { terminalColumns } from '../../run/terminal-columns.js';
import { writeFileAtomically } from '../../run/write-file.js';
import { escapeHtml, shortened } from '../figure/label.js';
import type { Cell } from './cell.js';
import { toCsv } from './csv.js';
import { dataFrame, type Frame } from './data-frame.js';
import { tableSorting } from './table-sorting.js';

/** Rows as records of the same columns, or anything with a data frame's `columns` and `values`. */
export type TableSource =
  readonly Readonly<Record<string, Cell>>[] | { readonly columns: readonly string[]; readonly values: unknown };

/** From small to large and from A to Z, or the other way round. */
export type SortDirection = 'ascending' | 'descending';

/** A table of plain cells. Numbers are right-aligned; null and NaN are shown as 'n/a'. */
export class Table {
  constructor(
    readonly columns: readonly string[],
    readonly rows: readonly (readonly Cell[])[],
    /** Which column the rows are in order of, where {@link sortBy} has put them so. */
    readonly sorted?: { readonly column: string; readonly direction: SortDirection },
  ) {}

  /**
   * In a notebook: an HTML table below the cell, whose columns can be sorted by a click where the notebook is trusted. In a script and
   * at the prompt: aligned text on stdout; the prompt's page has the table as well.
   */
  show(): void {
    const target = displayTarget();
    const html = () => this.toHTML() + tableSorting();
    if (target) target({ kind: 'table', title: 'Table', text: this.toText(), html });
    else if (inKernel()) sendToNotebook({ 'text/html': html(), 'text/plain': this.toText() });
    else console.log(this.toText());
  }

  /** The table in the formats of notebooks: those of Deno, too, show it where it is a cell's value. */
  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return { 'text/html': this.toHTML() + tableSorting(), 'text/plain': this.toText() };
  }

  /**
   * The table in the order of a column, which shows wherever the table does; equal rows keep their order, and rows without a value
   * come last.
   * @param direction default: the largest number first, or names from A to Z
   * @throws OptionError when there is no such column
   */
  sortBy(column: string, direction?: SortDirection): Table {
    const c = this.columns.indexOf(column);
    if (c < 0) {
      throw new OptionError(
        `sortBy: expected one of ${shortened(this.columns.join(', '), 300)}; got '${shortened(column)}'.`,
      );
    }
    const numeric = this.numericColumns()[c];
    const order = direction ?? (numeric ? 'descending' : 'ascending');
    const compare = (a: Cell, b: Cell) => {
      const [first, second] = [a, b].map((value) => value ?? NaN);
      if (Number.isNaN(first) || Number.isNaN(second))
        return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
      const difference =
        typeof first === 'number' && typeof second === 'number'
          ? first - second
          : String(first).localeCompare(String(second), 'en', { numeric: true });
      return order === 'ascending' ? difference : -difference;
    };
    const rows = [...this.rows].sort((a, b) => compare(a[c], b[c]));
    return new Table(this.columns, rows, { column, direction: order });
  }

  /** The table as a danfo DataFrame; cells without a value are NaN. */
  frame(): Frame {
    return dataFrame(this.columns, this.rows);
  }

  /**
   * The table as CSV (RFC 4180), with numbers in full; text that a spreadsheet would take for a formula gets an apostrophe in front.
   * @param file also writes it there, all or nothing
   */
  toCSV(file?: string): string {
    const csv = toCsv(this.columns, this.rows);
    if (file !== undefined) writeFileAtomically(file, csv);
    return csv;
  }

  /** HTML table whose cells are escaped; it takes its colours from the page, light or dark. */
  toHTML(): string {
    const line = 'border-bottom:1px solid rgba(128,128,128,.35);padding:.2em .7em;';
    const cell = (tag: 'th' | 'td', text: string, right = false, more = '') =>
      `<${tag} style="${line}text-align:${right ? 'right' : 'left'}"${more}>${escapeHtml(text)}</${tag}>`;
    const right = this.numericColumns();
    const order = (name: string) => (this.sorted?.column === name ? ` aria-sort="${this.sorted.direction}"` : '');
    const head = this.columns.map((name, c) => cell('th', shortened(name), right[c], order(name))).join('');
    // what rounding hides, for sorting and for those who read the page by program
    const exact = (value: Cell, text: string) =>
      typeof value === 'number' && !Number.isNaN(value) && Number(text) !== value ? ` data-value="${value}"` : '';
    const texts = this.texts();
    const body = this.rows.map((row, r) => {
      const cells = row.map((value, c) => {
        const text = texts[r]?.[c] ?? '';
        return cell('td', text, right[c], exact(value, text));
      });
      return `<tr>${cells.join('')}</tr>\n`;
    });
    // the classes keep a notebook's MathJax from reading $ signs in names
    return (
      `<table class="modulab-table tex2jax_ignore mathjax_ignore" ` +
      `style="border-collapse:collapse;font-variant-numeric:tabular-nums;color:inherit;background:none">\n` +
      `<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('')}</tbody></table>\n`
    );
  }

  /** Aligned text for a terminal: no escapes, no line breaks, names of at most 40 characters. */
  toText(): string {
    const right = this.numericColumns();
    const short = (row: readonly string[]) => row.map((text) => shortened(text, 40));
    const [head, body] = [short(this.columns), this.texts().map(short)];
    const widths = head.map((name, c) => Math.max(...[name, ...body.map((row) => row[c] ?? '')].map(terminalColumns)));
    const pad = (text: string, c: number) => {
      const space = ' '.repeat((widths[c] ?? 0) - terminalColumns(text));
      return right[c] ? space + text : text + space;
    };
    const format = (line: readonly string[]) => line.map(pad).join('  ').trimEnd();
    return [format(head), widths.map((w) => '─'.repeat(w)).join('  '), ...body.map(format)].join('\n');
  }

  /** Cells as text; a column of percentages or with any fraction has one decimal throughout. */
  private texts(): string[][] {
    const decimals = this.columns.map(
      (name, c) =>
        /\((%|pp)\)$/.test(name) ||
        this.rows.some(({ [c]: v }) => typeof v === 'number' && !Number.isNaN(v) && !Number.isInteger(v)),
    );
    return this.rows.map((row) => row.map((value, c) => cellText(value, decimals[c] ? 1 : 0)));
  }

  private numericColumns(): boolean[] {
    return this.columns.map((_, c) => this.rows.some((row) => typeof row[c] === 'number'));
  }
}

/**
 * A table of records or of a data frame, to be shown in a notebook or a terminal.
 * @throws OptionError when a row does not have the columns of the first
 */
export function table(source: TableSource): Table {
  if ('columns' in source) {
    const { columns } = source;
    const rows = source.values as readonly (readonly Cell[])[];
    return new Table(
      columns,
      columns.length === 1 ? rows.map((row) => (Array.isArray(row) ? row : [row]) as Cell[]) : rows,
    );
  }
  const columns = Object.keys(source[0] ?? {});
  source.forEach((row, i) => {
    const keys = Object.keys(row);
    if (keys.length !== columns.length || !columns.every((name) => Object.hasOwn(row, name))) {
      throw new OptionError(
        `table: expected row ${i} to have the columns of row 0 (${shortened(columns.join(', '))}), ` +
          `got ${shortened(keys.join(', '))}.`,
      );
    }
  });
  return new Table(
    columns,
    source.map((row) => columns.map((name) => row[name])),
  );
}

/** Rows of records as aligned text for a terminal. */
export function formatTable(source: TableSource): string {
  return table(source).toText();
}

function cellText(value: Cell, decimals: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'n/a';
  return typeof value === 'number' ? value.toFixed(decimals) : shortened(String(value));
}
