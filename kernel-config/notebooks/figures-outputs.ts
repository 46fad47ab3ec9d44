import { JSDOM } from 'jsdom';
import { plainText } from '../../lib/plot/figure/label.js';
import { type Cell, type FigureSpec, Table } from '../../lib/plot/index.js';
import { bundleOf, joinText, type MultilineText, type Notebook } from './notebook.js';

/** Something that an executed notebook shows. `section` is the heading that it stands under. */
export type Shown =
  | { readonly kind: 'figure'; readonly section: string; readonly figure: FigureSpec }
  | { readonly kind: 'picture'; readonly section: string; readonly altText: string; readonly png: Buffer }
  | { readonly kind: 'table'; readonly section: string; readonly table: Table };

/** How a notebook was run, as far as it says so itself; null for what it does not say. */
export interface RunFacts {
  readonly preset: string | null;
  readonly seed: string | null;
  readonly backend: string | null;
  readonly data: string | null;
  readonly modulab: string | null;
}

const PLOTLY = 'application/vnd.plotly.v1+json';
const DATA_SETS = /^(synthetic|cifar10|cifar100|cifar|mnist|fashion-mnist|svhn):/gm;

/** Figures, pictures and our own tables among the outputs of an executed notebook, in their order. */
export function shownBy(notebook: Notebook): Shown[] {
  let section = titleOf(notebook);
  return notebook.cells.flatMap((cell): Shown[] => {
    if (cell.cell_type === 'markdown') section = headings(joinText(cell.source)).at(-1) ?? section;
    return (cell.outputs ?? []).flatMap((output): Shown[] => {
      const data = bundleOf(output);
      if (!data) return [];
      const text = (type: string) => (type in data ? joinText(data[type] as MultilineText) : '');
      const altText = text('text/plain');
      if (PLOTLY in data) return [{ kind: 'figure', section, figure: figureFrom(data[PLOTLY], altText) }];
      if ('image/png' in data)
        return [{ kind: 'picture', section, altText, png: Buffer.from(text('image/png'), 'base64') }];
      return tablesIn(text('text/html')).map((table) => ({ kind: 'table', section, table }));
    });
  });
}

/** The notebook's first heading. */
export function titleOf({ cells }: Notebook): string {
  const text = cells.filter(({ cell_type }) => cell_type === 'markdown').map(({ source }) => joinText(source));
  return headings(text.join('\n'))[0] ?? 'Notebook';
}

/** What the notebook's printed lines say about its run. */
export function runFacts({ cells }: Notebook): RunFacts {
  const printed = cells
    .flatMap(({ outputs = [] }) => outputs)
    .map((output) => {
      if (output.output_type === 'stream') return joinText(output.text);
      return output.output_type === 'execute_result'
        ? `${joinText((output.data['text/plain'] ?? '') as MultilineText)}\n`
        : '';
    })
    .join('');
  const last = (pattern: RegExp) => [...printed.matchAll(pattern)].at(-1)?.[1] ?? null;
  const data = [...new Set([...printed.matchAll(DATA_SETS)].map(([, name]) => name))];
  return {
    preset: last(/\bpreset ([\w-]+)/g),
    seed: last(/\bseed (\d+)/g),
    backend: last(/\bbackend ([\w-]+)/g) ?? last(/computes with ([\w-]+)/g),
    data: data.length > 0 ? data.join(', ') : null,
    modulab: last(/\bmodulab (\d[\w.+-]*)/g),
  };
}

function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,3}\s+(.+)$/gm)].map(([, text = '']) => text.replace(/[*_`]/g, '').trim());
}

/** A figure as the notebook holds it; what it tells besides its picture stands in the layout's `meta`. */
function figureFrom(content: unknown, altText: string): FigureSpec {
  const { data, layout } = content as Pick<FigureSpec, 'data' | 'layout'>;
  const { meta, ...rest } = layout as { meta?: { modulab?: Pick<FigureSpec, 'published' | 'table'> } };
  const title = layout.title?.text ?? '';
  return { ...meta?.modulab, title: plainText(title) || 'Figure', altText, data, layout: rest };
}

function tablesIn(html: string): Table[] {
  if (!html.includes('modulab-table')) return [];
  const { document } = new JSDOM(html).window;
  return Array.from(document.querySelectorAll('table.modulab-table'), (element) => {
    const columns = Array.from(element.querySelectorAll('thead th'), (cell) => cell.textContent ?? '');
    const rows = Array.from(element.querySelectorAll('tbody tr'), (row) =>
      Array.from(row.querySelectorAll('td'), cellOf),
    );
    return new Table(columns, rows);
  });
}

function cellOf(cell: HTMLElement): Cell {
  const text = cell.textContent ?? '';
  if (text === 'n/a') return null;
  const number = Number(cell.dataset.value ?? text);
  const numeric = cell.style.textAlign === 'right' && text !== '' && !Number.isNaN(number);
  return numeric ? number : text;
}
