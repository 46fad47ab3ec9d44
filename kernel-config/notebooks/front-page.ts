/** The front page of notebooks: pictures and findings out of the notebooks' own outputs. */
import fs from 'node:fs';
import path from 'node:path';
import { DataError } from '../../lib/errors.js';
import { bundleOf, type CellOutput, joinText, type Notebook, readNotebook } from './notebook.js';
import { thumbnail } from './thumbnail.js';

/** What notebooks/front-page.json says of one notebook. Nothing in it is a number: those come from the outputs. */
export interface FrontPageEntry {
  /** File name without `.ipynb`. */
  readonly notebook: string;
  readonly title: string;
  /** The question that it answers, in one sentence. */
  readonly question: string;
  /** Regular expression; the first figure whose title matches is the picture. */
  readonly figure: string;
  /** One sentence with `{name}` for what a regular expression of `values` captures; `{+name}` for a number with its sign. */
  readonly finding: string;
  /** Regular expressions (multi-line) on the text of all outputs, with named groups. */
  readonly values: readonly string[];
  /** Which images and weights it needs, and which the shown finding is from. */
  readonly data: string;
}

export interface FrontPageEntries {
  /** The picture of the project's README. */
  readonly cover: { readonly notebook: string; readonly figure: string };
  readonly entries: readonly FrontPageEntry[];
}

const PLOTLY = 'application/vnd.plotly.v1+json';
const THUMBNAIL_WIDTH = 400;
const COVER_WIDTH = 760;
const BEGIN = '<!-- npm run front-page writes what follows -->';
const END = '<!-- npm run front-page wrote what precedes -->';

/** The files of the front page as the notebooks in `folder` want them: path relative to `folder` → content. */
export function frontPageFiles(folder: string): Map<string, string | Buffer> {
  const { cover, entries } = readEntries(folder);
  const notebooks = notebookNames(folder);
  const listed = entries.map(({ notebook }) => notebook);
  const missing = notebooks.filter((name) => !listed.includes(name));
  const foreign = listed.filter((name) => !notebooks.includes(name));
  if (missing.length + foreign.length > 0) {
    throw new DataError(
      `notebooks/front-page.json: expected one entry per notebook; without an entry: ${missing.join(', ') || 'none'}, ` +
        `without a notebook: ${foreign.join(', ') || 'none'}.`,
    );
  }
  const files = new Map<string, string | Buffer>();
  const texts = [...entries]
    .sort((a, b) => (a.notebook < b.notebook ? -1 : 1))
    .map((entry) => {
      const notebook = readNotebook(path.join(folder, `${entry.notebook}.ipynb`));
      files.set(`thumbnails/${entry.notebook}.png`, thumbnail(picture(notebook, entry), THUMBNAIL_WIDTH));
      return describe(entry, notebook);
    });
  const first = readNotebook(path.join(folder, `${cover.notebook}.ipynb`));
  files.set('thumbnails/cover.png', thumbnail(picture(first, cover), COVER_WIDTH));
  files.set('README.md', withFrontPage(fs.readFileSync(path.join(folder, 'README.md'), 'utf8'), texts.join('\n\n')));
  return files;
}

function readEntries(folder: string): FrontPageEntries {
  return JSON.parse(fs.readFileSync(path.join(folder, 'front-page.json'), 'utf8')) as FrontPageEntries;
}

/** The notebooks of the front page itself: those in folders beside it have pages of their own. */
function notebookNames(folder: string): string[] {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  return names.map((name) => name.replace(/\.ipynb$/, '')).sort();
}

/** One notebook's part of the page. */
function describe(entry: FrontPageEntry, notebook: Notebook): string {
  const { notebook: name, title, question, data } = entry;
  const minutes = runningMinutes(notebook);
  const facts = [data, ...(minutes === null ? [] : [`took ${minutes} as shown`])];
  const link = `[<img src="thumbnails/${name}.png" width="400" alt="${title}">](${name}.ipynb)`;
  return [
    `### [${name.slice(0, 2)} · ${title}](${name}.ipynb)`,
    link,
    `**${question}** ${finding(entry, notebook)}`,
    `_${facts.join('; ')}._`,
  ].join('\n\n');
}

/** How long the notebook ran when it was executed, where `npm run notebook -- … --in-place` has noted it. */
function runningMinutes({ metadata }: Notebook): string | null {
  const { seconds } = (metadata.modulab ?? {}) as { seconds?: number };
  if (typeof seconds !== 'number') return null;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function finding({ notebook: name, finding, values }: FrontPageEntry, notebook: Notebook): string {
  const text = outputText(notebook);
  const found: Record<string, string> = {};
  for (const value of values) {
    const match = new RegExp(value, 'm').exec(text);
    if (!match?.groups) {
      throw new DataError(
        `notebooks/front-page.json, ${name}: no output matches ${value}. Execute the notebook, or adapt the expression and the finding.`,
      );
    }
    Object.assign(found, match.groups);
  }
  return finding.replaceAll(/\{(\+?)(\w+)\}/g, (_, sign: string, key: string) => {
    const captured = Object.hasOwn(found, key) ? found[key] : undefined;
    if (captured === undefined)
      throw new DataError(`notebooks/front-page.json, ${name}: no expression captures '${key}'.`);
    const value = captured.replaceAll('-', '−');
    return sign && !/^[−+]/.test(value) ? `+${value}` : value;
  });
}

const outputsOf = ({ cells }: Notebook): CellOutput[] => cells.flatMap(({ outputs }) => outputs ?? []);

/** What the outputs say: printed text, tables, titles of figures. */
function outputText(notebook: Notebook): string {
  return outputsOf(notebook)
    .map((output) => {
      if (output.output_type === 'stream') return joinText(output.text);
      if (output.output_type === 'error') return '';
      const { text, subtitle } = titleOf(output) ?? {};
      return text === undefined
        ? joinText((output.data['text/plain'] ?? '') as string | string[])
        : `${text}\n${subtitle?.text ?? ''}`;
    })
    .join('\n');
}

function titleOf(output: CellOutput): { text?: string; subtitle?: { text?: string } } | undefined {
  const figure = bundleOf(output)?.[PLOTLY] as
    { layout?: { title?: { text?: string; subtitle?: { text?: string } } } } | undefined;
  return figure?.layout?.title;
}

function picture(notebook: Notebook, { notebook: name, figure }: { notebook: string; figure: string }): Buffer {
  const outputs = outputsOf(notebook);
  const shown = outputs.find((output) => new RegExp(figure).test(titleOf(output)?.text ?? ''));
  const png = shown && bundleOf(shown)?.['image/png'];
  if (png === undefined) {
    const titles = outputs.map((output) => titleOf(output)?.text).filter((title) => title !== undefined);
    throw new DataError(
      `notebooks/front-page.json, ${name}: expected a figure with a picture whose title matches ${figure}, got ${titles.join(' | ') || 'no figure'}.`,
    );
  }
  return Buffer.from(joinText(png as string | string[]), 'base64');
}

/** The page with what lies between its two marks replaced. */
function withFrontPage(page: string, list: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new DataError(`notebooks/README.md: expected the lines “${BEGIN}” and “${END}”.`);
  return `${page.slice(0, from)}${BEGIN}\n\n${list}\n\n${page.slice(to)}`;
}
