import fs from 'node:fs';
import path from 'node:path';
import { htmlDocument } from '../../lib/plot/figure/html-document.js';
import { escapeHtml, printable } from '../../lib/plot/figure/label.js';
import { Table } from '../../lib/plot/index.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { projectRoot } from '../session/project-root.js';
import { type ExportedItem, type ExportManifest, MANIFEST, publishedTable } from './figures-export.js';

/**
 * Writes `index.html` and `manifest.json` for all the notebooks' folders in `out`, whichever run they are from. The page holds the
 * pictures itself, needs no script and nothing from the network, and is light or dark as the reader likes it.
 * @param notebookFolder where links to the notebooks lead
 * @returns how many folders the page shows
 */
export function writeIndex(out: string, notebookFolder: string): number {
  const folders = fs
    .readdirSync(out, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && !entry.name.startsWith('.') && fs.existsSync(path.join(out, entry.name, MANIFEST)),
    )
    .map(({ name }) => name)
    .sort();
  const manifests = folders.map((folder) => ({
    folder,
    ...(JSON.parse(fs.readFileSync(path.join(out, folder, MANIFEST), 'utf8')) as ExportManifest),
  }));
  const sections = manifests.map((manifest) => sectionHtml(manifest, out, path.relative(out, notebookFolder)));
  const contents = manifests.map(({ folder, title }) => `<li><a href="#${escapeHtml(folder)}">${text(title)}</a></li>`);
  writeFileAtomically(
    path.join(out, 'index.html'),
    htmlDocument({
      title: 'modulab: figures',
      style: fs.readFileSync(path.join(projectRoot, 'kernel-config', 'notebooks', 'figures-index.css'), 'utf8'),
      main:
        `<h1>Figures and tables of the notebooks</h1>\n` +
        `<p>Every figure as SVG with its data as CSV, every table as CSV. <span class="paper">Values from a paper</span> are marked so, with ` +
        `where they stand; everything else was computed in the run that is named at its notebook.</p>\n<ul>${contents.join('\n')}</ul>\n` +
        sections.join('\n'),
    }),
  );
  const summary = manifests.map(({ items, ...rest }) => ({
    ...rest,
    figures: items.filter(({ kind }) => kind !== 'table').length,
    tables: items.filter(({ kind }) => kind === 'table').length,
    published: items.reduce((sum, { published }) => sum + published.length, 0),
  }));
  writeFileAtomically(path.join(out, MANIFEST), `${JSON.stringify({ notebooks: summary }, null, 1)}\n`);
  return manifests.length;
}

const text = (value: string) => escapeHtml(printable(value));
const link = (address: string, label: string) => `<a href="${escapeHtml(encodeURI(address))}">${text(label)}</a>`;

function sectionHtml(manifest: ExportManifest & { folder: string }, out: string, notebooks: string): string {
  const { folder, title, notebook, preset, seed, backend, data, modulab, executedAt, exportedAt, items } = manifest;
  const date = executedAt
    ? `run on ${executedAt.slice(0, 10)}`
    : `as committed, exported on ${exportedAt.slice(0, 10)}`;
  const unknown = 'not said in the notebook';
  const facts = [
    `preset ${preset ?? unknown}`,
    `seed ${seed ?? unknown}`,
    `backend ${backend ?? unknown}`,
    `images: ${data ?? unknown}`,
    `modulab ${modulab ?? unknown}`,
    date,
  ];
  return (
    `<section id="${escapeHtml(folder)}"><h2>${text(title)}</h2>\n<p class="facts">${facts.map(text).join(' · ')} · ` +
    `${link(`${notebooks.split(path.sep).join('/')}/${notebook}`, notebook)}</p>\n` +
    `${items.map((item) => itemHtml(item, folder, out)).join('\n')}</section>`
  );
}

function itemHtml(item: ExportedItem, folder: string, out: string): string {
  const { kind, title, altText, image, darkImage, csv, paperCsv, published, table } = item;
  const files = [
    ...(image ? [[image, path.extname(image).slice(1).toUpperCase()]] : []),
    ...(darkImage ? [[darkImage, 'SVG, dark']] : []),
    ...(csv ? [[csv, 'CSV']] : []),
    ...(paperCsv ? [[paperCsv, 'CSV, the paper’s values']] : []),
  ].map(([file, label = '']) => link(`${folder}/${file}`, label));
  if (kind === 'table' && table) {
    return `<details><summary>Table: ${text(title)} (${table.rows.length} rows; ${files.join(', ')})</summary>\n${tableHtml(table)}</details>`;
  }
  const source = (file: string) => {
    const type = file.endsWith('.svg') ? 'image/svg+xml' : 'image/png';
    return `data:${type};base64,${fs.readFileSync(path.join(out, folder, path.basename(file))).toString('base64')}`;
  };
  const dark = darkImage ? `<source media="(prefers-color-scheme: dark)" srcset="${source(darkImage)}">` : '';
  const beside = published.length === 0 ? '' : `<div class="beside">${tableHtml(publishedTable(published))}</div>`;
  return (
    `<figure><picture>${dark}<img loading="lazy" alt="${text(altText)}" src="${image ? source(image) : ''}"></picture>\n` +
    `<figcaption>${text(title)} (${files.join(', ')})</figcaption>${beside}</figure>`
  );
}

/** A table whose columns and rows of a paper's values are marked: those that name a paper, or say that they are published. */
function tableHtml({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const ofPaper = /\bpapers?\b|\bpublished\b|^(CNNSplitter|GradSplitter)$/i;
  const paperColumns = columns.map((name) => ofPaper.test(name));
  const paperRows = rows.map(([first]) => typeof first === 'string' && ofPaper.test(first));
  let row = -1;
  return new Table(columns, rows)
    .toHTML()
    .replace(/ style="[^"]*"/g, (style) => (style.includes('right') ? ' class="number"' : ''))
    .replace(/<tr>(.*?)<\/tr>/g, (_, cells: string) => {
      const marked = row >= 0 && paperRows[row];
      row++;
      let c = 0;
      const inside = cells.replace(/<(t[hd])(?: class="(number)")?/g, (_all, tag: string, number?: string) => {
        const classes = [number, marked || paperColumns[c++] ? 'paper' : undefined].filter(Boolean).join(' ');
        return classes ? `<${tag} class="${classes}"` : `<${tag}`;
      });
      return `<tr>${inside}</tr>`;
    });
}
