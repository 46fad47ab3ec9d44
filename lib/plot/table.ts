import { OptionError } from '../errors.js';
import { inKernel, sendToNotebook } from '../run/kernel-channel.js';
import { escapeHtml, shortened } from './label.js';

/** What a table holds in one place. */
export type Cell = string | number | boolean | null | undefined;

/** Rows as records of the same columns, or anything with a data frame's `columns` and `values`. */
export type TableSource =
  readonly Readonly<Record<string, Cell>>[] | { readonly columns: readonly string[]; readonly values: unknown };

/** A table of plain cells. Numbers are right-aligned; null and NaN are shown as 'n/a'. */
export class Table {
  constructor(
    readonly columns: readonly string[],
    readonly rows: readonly (readonly Cell[])[],
  ) {}

  /** In a notebook: an HTML table below the cell. In a script: aligned text on stdout. */
  show(): void {
    if (inKernel()) sendToNotebook({ 'text/html': this.toHTML(), 'text/plain': this.toText() });
    else console.log(this.toText());
  }

  /** HTML table whose cells are escaped; it takes its colours from the page, light or dark. */
  toHTML(): string {
    const line = 'border-bottom:1px solid rgba(128,128,128,.35);padding:.2em .7em;';
    const cell = (tag: 'th' | 'td', text: string, right: boolean) =>
      `<${tag} style="${line}text-align:${right ? 'right' : 'left'}">${escapeHtml(text)}</${tag}>`;
    const right = this.numericColumns();
    const head = this.columns.map((name, c) => cell('th', shortened(name), right[c])).join('');
    const body = this.texts().map((row) => `<tr>${row.map((text, c) => cell('td', text, right[c])).join('')}</tr>\n`);
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
    const lines = [this.columns, ...this.texts()].map((row) => row.map((text) => shortened(text, 40)));
    const widths = this.columns.map((_, c) => Math.max(...lines.map((line) => columnsOf(line[c]))));
    const pad = (text: string, c: number) => {
      const space = ' '.repeat(widths[c] - columnsOf(text));
      return right[c] ? space + text : text + space;
    };
    const format = (line: readonly string[]) => line.map(pad).join('  ').trimEnd();
    return [format(lines[0]), widths.map((w) => '─'.repeat(w)).join('  '), ...lines.slice(1).map(format)].join('\n');
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

/** Terminal columns of a text: East Asian wide characters and emoji take two, combining marks none. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\u200d/u.test(character)) continue;
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
