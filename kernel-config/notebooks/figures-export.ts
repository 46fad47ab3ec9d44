import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { darkened } from '../../lib/plot/figure/darkened.js';
import { type Cell, Figure, type PublishedValue, Table } from '../../lib/plot/index.js';
import { type RunFacts, runFacts, type Shown, shownBy, titleOf } from './figures-outputs.js';
import type { Notebook } from './notebook.js';

/** A figure, picture or table of a notebook with its files, which stand in the notebook's folder. */
export interface ExportedItem {
  readonly kind: Shown['kind'];
  readonly title: string;
  readonly altText: string;
  /** SVG, or PNG of a picture; in the light theme unless the notebook was run in the dark one. */
  readonly image: string | null;
  readonly darkImage: string | null;
  readonly csv: string | null;
  readonly published: readonly PublishedValue[];
  /** The paper's numbers beside ours, as CSV. */
  readonly paperCsv: string | null;
  /** A table's cells. */
  readonly table: { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] } | null;
}

/** What was exported from one notebook: the folder's manifest.json. */
export interface ExportManifest extends RunFacts {
  readonly notebook: string;
  readonly title: string;
  /** When the notebook was run for this; null where its committed outputs were taken. */
  readonly executedAt: string | null;
  readonly exportedAt: string;
  readonly items: readonly ExportedItem[];
}

export const MANIFEST = 'manifest.json';

/**
 * Writes every figure of an executed notebook as SVG (in both themes) and CSV, and every table as CSV, to `folder`, all or nothing: a
 * folder that is there is replaced when everything has been drawn.
 * @param facts what is known of the run and the notebook does not say itself
 * @throws OptionError for figures that only a browser can draw
 */
export async function exportNotebook(
  file: string,
  notebook: Notebook,
  folder: string,
  { executedAt, ...facts }: Partial<RunFacts> & { executedAt: string | null },
): Promise<ExportManifest> {
  const unfinished = path.join(path.dirname(folder), `.${path.basename(folder)}.${randomUUID()}`);
  fs.mkdirSync(unfinished, { recursive: true });
  try {
    const items: ExportedItem[] = [];
    for (const [i, shown] of shownBy(notebook).entries()) items.push(await exportItem(shown, i + 1, unfinished));
    const known = Object.entries(runFacts(notebook)).filter(([, value]) => value !== null);
    const unknown: RunFacts = { preset: null, seed: null, backend: null, data: null, modulab: null };
    const manifest: ExportManifest = {
      ...{ notebook: path.basename(file), title: titleOf(notebook) },
      ...{ ...unknown, ...facts, ...Object.fromEntries(known) },
      ...{ executedAt, exportedAt: new Date().toISOString(), items },
    };
    fs.writeFileSync(path.join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(unfinished, folder);
    return manifest;
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
}

async function exportItem(shown: Shown, number: number, folder: string): Promise<ExportedItem> {
  const title = shown.kind === 'figure' ? shown.figure.title : shown.section;
  const stem = `${String(number).padStart(2, '0')}-${shown.kind === 'table' ? 'table-' : ''}${slug(title)}`;
  const write = (ending: string, content: string | Buffer): string => {
    fs.writeFileSync(path.join(folder, stem + ending), content);
    return stem + ending;
  };
  const none = { image: null, darkImage: null, csv: null, published: [], paperCsv: null, table: null };
  if (shown.kind === 'picture') {
    return { ...none, kind: 'picture', title, altText: shown.altText, image: write('.png', shown.png) };
  }
  if (shown.kind === 'table') {
    const { columns, rows } = shown.table;
    return {
      ...none,
      kind: 'table',
      title,
      altText: title,
      csv: write('.csv', shown.table.toCSV()),
      table: { columns, rows },
    };
  }
  const figure = new Figure(shown.figure);
  const dark = darkened(shown.figure);
  const published = figure.published ?? [];
  return {
    ...{ kind: 'figure', title, altText: figure.altText, published, table: null },
    image: write('.svg', await figure.toSVG()),
    darkImage: dark && write('-dark.svg', await new Figure(dark).toSVG()),
    csv: write('.csv', figure.toCSV()),
    paperCsv: published.length > 0 ? write('-paper.csv', publishedTable(published).toCSV()) : null,
  };
}

/** The paper's numbers beside ours. */
export function publishedTable(published: readonly PublishedValue[]): Table {
  return new Table(
    ['quantity', 'here', 'paper', 'unit', 'source of the paper’s value'],
    published.map(({ quantity, here, paper, unit, source }) => [quantity, here, paper, unit, source]),
  );
}

function slug(title: string): string {
  const words = title.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 50); // prettier-ignore
  return words.replace(/^-|-$/g, '') || 'figure';
}
