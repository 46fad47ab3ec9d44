import fs from 'node:fs';
import path from 'node:path';
import type { Figure } from '../../lib/plot/figure/figure.js';
import { figureHtml, plotlyRuntimeScript } from '../../lib/plot/figure/figure-html.js';
import { htmlDocument } from '../../lib/plot/figure/html-document.js';
import { escapeHtml } from '../../lib/plot/figure/label.js';
import type { Cell } from '../../lib/plot/tables/cell.js';
import type { Table } from '../../lib/plot/tables/table.js';
import { printableText } from '../../lib/printable.js';
import { projectRoot } from '../session/project-root.js';

/** A part of a report: a heading, and HTML below it. */
export interface ReportSection {
  readonly title: string;
  readonly html: string;
}

/** What a report says. */
export interface Report {
  readonly title: string;
  /** One line below the title: model, images, day. */
  readonly about: string;
  /** HTML before the first heading. */
  readonly opening: string;
  readonly sections: readonly ReportSection[];
}

/** Names come out of files: harmless in a page, whatever they are. */
export const text = (value: string): string => escapeHtml(printableText(value, 400));

export const paragraphs = (lines: readonly string[]): string => lines.map((line) => `<p>${text(line)}</p>`).join('\n');

/** A figure that the reader's browser draws, with its numbers as a table below for those who want or need them. */
export function figureSection(title: string, figure: Figure, before: readonly string[] = []): ReportSection {
  const numbers = `<details><summary>The numbers</summary><div class="beside">${tableHtml(figure.toTable())}</div></details>`;
  return { title, html: `${paragraphs(before)}<figure>${figureHtml(figure, null)}</figure>${numbers}` };
}

/** A table as it is, numbers to the right. */
export function tableHtml({ columns, rows }: Pick<Table, 'columns' | 'rows'>, most = 300): string {
  const cell = (value: Cell): string => {
    if (typeof value !== 'number')
      return `<td>${value === null || value === undefined ? '' : text(String(value))}</td>`;
    return `<td class="number">${Number.isInteger(value) ? value : Number(value.toPrecision(4))}</td>`;
  };
  const head = columns.map((name) => `<th scope="col">${text(name)}</th>`).join('');
  const body = rows.slice(0, most).map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  const rest = rows.length > most ? `<p class="note">… and ${rows.length - most} more rows, in the CSV.</p>` : '';
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>${rest}`;
}

/** A report as a page of its own, which needs nothing but a browser. */
export function reportPage({ title, about, opening, sections }: Report): string {
  const body = sections.map((section) => `<section><h2>${text(section.title)}</h2>\n${section.html}</section>`);
  return htmlDocument({
    title: printableText(title, 200),
    style: fs.readFileSync(path.join(projectRoot, 'kernel-config', 'results', 'report.css'), 'utf8'),
    main: [`<h1>${text(title)}</h1>`, `<p class="about">${text(about)}</p>`, opening, ...body].join('\n'),
    scripts: plotlyRuntimeScript('own'),
  });
}
