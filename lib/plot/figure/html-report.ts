import { DataError } from '../../errors.js';
import { printableText } from '../../printable.js';
import { requirePackages } from '../../run/installation/optional-package.js';
import { FIGURE_MARK, figureHtml, plotlyRuntimeScript, RUNTIME_MARK } from './figure-html.js';
import type { FigureSpec } from './figure-spec.js';
import { htmlDocument } from './html-document.js';
import { escapeHtml } from './label.js';
import { pageFile } from './page-script.js';

/** The parts of a notebook file (nbformat 4) that a report shows. */
export interface NotebookFile {
  cells: NotebookCell[];
  metadata?: { title?: string; [key: string]: unknown };
}

/** One cell of a notebook file (nbformat 4), as far as it is shown. */
export interface NotebookCell {
  cell_type: string;
  source: string | string[];
  outputs?: NotebookOutput[];
}

/** One output of a code cell (nbformat 4), as far as it is shown. */
export interface NotebookOutput {
  output_type: string;
  /** stream */
  name?: string;
  text?: string | string[];
  /** display_data, execute_result */
  data?: Record<string, unknown>;
  /** error */
  traceback?: string[];
  ename?: string;
  evalue?: string;
}

/**
 * A self-contained HTML page of an executed notebook: nothing is loaded from the network. Plotly figures are
 * interactive (the library is on the page once) and fall back to their PNG. HTML outputs are taken as they are, since
 * they are those of our own cells; text is escaped and loses its terminal escapes.
 * @param notebook the parsed notebook file
 * @throws DataError when it is no notebook of format 4; ModulabError where the package marked is not installed
 */
export async function notebookToHtml(notebook: NotebookFile, title?: string): Promise<string> {
  if (!Array.isArray(notebook?.cells)) {
    throw new DataError(
      'notebookToHtml: expected a notebook of format 4 (an object with `cells`); got something else.',
    );
  }
  requirePackages({ what: 'notebookToHtml', packages: ['marked'] });
  const { Marked } = await import('marked');
  const marked = new Marked({ gfm: true });
  const cells = notebook.cells.map((cell) => {
    const source = joined(cell.source);
    if (cell.cell_type === 'markdown') {
      return `<section class="markdown">${marked.parse(source, { async: false })}</section>`;
    }
    if (cell.cell_type !== 'code') return `<pre class="raw">${escapeHtml(source)}</pre>`;
    const code = source.trim() === '' ? '' : `<pre class="code"><code>${highlighted(source)}</code></pre>`;
    return `<section class="cell">${code}${(cell.outputs ?? []).map(outputHtml).join('\n')}</section>`;
  });
  const firstHeading = /^#\s+(.+)$/m.exec(notebook.cells.map((c) => joined(c.source)).join('\n'))?.[1];
  const page = cells.join('\n');
  const runtime = page.includes(FIGURE_MARK) && !page.includes(RUNTIME_MARK) ? plotlyRuntimeScript() : '';
  return htmlDocument({
    title: title ?? firstHeading ?? 'Notebook',
    style: pageFile('notebook-report.css'),
    main: page,
    scripts: runtime,
  });
}

const PLOTLY = 'application/vnd.plotly.v1+json';

function outputHtml(output: NotebookOutput): string {
  if (output.output_type === 'stream') {
    return textBlock(joined(output.text ?? ''), output.name === 'stderr' ? 'stderr' : 'stdout');
  }
  if (output.output_type === 'error') {
    const text = output.traceback?.length ? output.traceback.join('\n') : `${output.ename}: ${output.evalue}`;
    return textBlock(text, 'stderr');
  }
  const data = output.data ?? {};
  const text = (type: string) => joined(data[type] as string | string[]);
  const plain = 'text/plain' in data ? text('text/plain') : '';
  if (PLOTLY in data && 'image/png' in data) {
    const figure = { ...(data[PLOTLY] as Pick<FigureSpec, 'data' | 'layout'>), altText: plain };
    return `<div class="output">${figureHtml(figure, Buffer.from(text('image/png'), 'base64'))}</div>`;
  }
  if ('text/html' in data) return `<div class="output">${text('text/html')}</div>`;
  for (const type of ['image/png', 'image/jpeg']) {
    if (type in data) {
      const base64 = text(type).replace(/[^A-Za-z0-9+/=]/g, '');
      return `<div class="output"><img alt="${escapeHtml(plain)}" src="data:${type};base64,${base64}"></div>`;
    }
  }
  if ('image/svg+xml' in data) {
    const base64 = Buffer.from(text('image/svg+xml')).toString('base64');
    return `<div class="output"><img alt="${escapeHtml(plain)}" src="data:image/svg+xml;base64,${base64}"></div>`;
  }
  return textBlock(plain, 'stdout');
}

function textBlock(text: string, kind: 'stdout' | 'stderr'): string {
  // what a carriage return would have overwritten on a terminal is left out
  const lines = text
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1).replace(/\r$/, ''));
  const shown = printableText(lines.join('\n'), Infinity).trimEnd();
  return shown === '' ? '' : `<pre class="${kind}">${escapeHtml(shown)}</pre>`;
}

const CODE_TOKENS =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|(?<keyword>\b(?:import|from|export|const|let|var|function|return|await|async|for|of|in|if|else|while|new|class|extends|type|interface|as|true|false|null|undefined|throw|try|catch|finally|typeof)\b)|(?<number>\b\d[\d_.]*(?:e[+-]?\d+)?\b)/g;

/** TypeScript source as escaped HTML with comments, strings, keywords and numbers marked. */
function highlighted(source: string): string {
  let html = '';
  let end = 0;
  for (const match of source.matchAll(CODE_TOKENS)) {
    const start = match.index ?? 0;
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? '';
    html += `${escapeHtml(source.slice(end, start))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = start + match[0].length;
  }
  return html + escapeHtml(source.slice(end));
}

function joined(text: string | string[]): string {
  return Array.isArray(text) ? text.join('') : text;
}
