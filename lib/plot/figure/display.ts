import fs from 'node:fs';
import path from 'node:path';
import { OptionError } from '../../errors.js';
import { displayTarget } from '../../run/display-target.js';
import { currentCell, inKernel, sendToNotebook } from '../../run/kernel-channel.js';
import { canDrawPictures } from './drawing-packages.js';
import { figureHtml, figurePage, plotlyRuntimeScript } from './figure-html.js';
import type { FigureSpec } from './figure-spec.js';
import { printable } from './label.js';
import { renderSvg } from './plotly-in-jsdom.js';
import { svgToPng } from './svg-to-png.js';

/** How a figure or table is shown. */
export interface ShowOptions {
  /**
   * 'bundle': Plotly JSON with a PNG beside it, which every viewer shows and some make interactive. 'html': HTML with
   * the Plotly runtime (about 3 MB in the notebook, once), interactive in the classic Notebook and in exported HTML.
   * Default: the environment variable MODULAB_PLOTS, else 'bundle'. Only matters in a notebook.
   */
  interactive?: 'bundle' | 'html';
  /** Where a script's figures go. Default `out/figures` in the working directory. */
  folder?: string;
}

/** The figure that carried Plotly to the notebook, and the run of a cell that showed it. */
let carrier: { title: string; cell: unknown } | undefined;
const written = new Set<string>();

/**
 * Shows a figure below the notebook cell or on the prompt's page, or writes it as PNG and prints where; as a page for the browser where
 * the packages that draw PNGs are not installed.
 */
export function displayFigure(figure: FigureSpec, options: ShowOptions): void {
  const interactive = options.interactive ?? (process.env.MODULAB_PLOTS || 'bundle');
  if (interactive !== 'bundle' && interactive !== 'html') {
    throw new OptionError(`interactive: expected 'bundle' or 'html' (option or MODULAB_PLOTS), got '${interactive}'.`);
  }
  const target = displayTarget();
  if (target && options.folder === undefined) {
    const { title, altText: text, data, layout } = figure;
    target({ kind: 'figure', title, text, figure: { data, layout }, png: () => svgToPng(renderSvg(figure)) });
    return;
  }
  if (!inKernel() && !canDrawPictures()) {
    writeFigure(figure, figurePage(figure), 'html', options.folder);
    return;
  }
  const png = svgToPng(renderSvg(figure));
  if (!inKernel()) {
    writePicture(figure, png, options.folder);
  } else if (interactive === 'bundle') {
    sendToNotebook(figureBundle(figure, png));
  } else {
    // a cell that is run again loses what it showed before: then its figure must bring Plotly once more
    const again = carrier?.title === figure.title && carrier.cell !== currentCell();
    const carries = carrier === undefined || again;
    if (carries) carrier = { title: figure.title, cell: currentCell() };
    const html = (carries ? plotlyRuntimeScript() : '') + figureHtml(figure, png);
    sendToNotebook({ 'text/html': html, 'text/plain': figure.altText });
  }
}

/** The message that shows a figure in every notebook viewer. */
export function figureBundle(figure: FigureSpec, png: Buffer): Record<string, unknown> {
  const { published, table } = figure;
  // Plotly leaves `meta` to others: what a notebook's figure can tell besides what it draws
  const meta = published || table ? { meta: { modulab: { published, table } } } : {};
  return {
    'application/vnd.plotly.v1+json': { data: figure.data, layout: { ...figure.layout, ...meta } },
    'image/png': png.toString('base64'),
    'text/plain': figure.altText,
  };
}

/** Writes a figure's PNG and prints where. */
export function writePicture(figure: Pick<FigureSpec, 'title' | 'altText'>, png: Buffer, folder?: string): void {
  writeFigure(figure, png, 'png', folder);
}

/** Two figures of one process never share a file; a later run replaces an earlier run's. */
function writeFigure(
  figure: Pick<FigureSpec, 'title' | 'altText'>,
  content: Buffer | string,
  ending: 'png' | 'html',
  folder = path.join('out', 'figures'),
): void {
  const slug =
    printable(figure.title)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'figure';
  const stem = path.join(folder, slug);
  let file = `${stem}.${ending}`;
  for (let count = 2; written.has(path.resolve(file)); count++) file = `${stem}-${count}.${ending}`;
  written.add(path.resolve(file));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, content);
  console.log(`${figure.altText}\n  → ${file}`);
}
