import fs from 'node:fs';
import { DataError } from '../../lib/errors.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';

/** Text as notebooks store it: one string, or one string per line. */
export type MultilineText = string | string[];

/** One kind of content per mime type. JSON types carry plain data, `image/png` base64, `text/*` text. */
export type MimeBundle = Record<string, unknown>;

/** The outputs that the kernel produces. */
export type CellOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: MultilineText }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] }
  | { output_type: 'display_data'; data: MimeBundle; metadata: Record<string, unknown> }
  | {
      output_type: 'execute_result';
      data: MimeBundle;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    };

export interface NotebookCell {
  cell_type: 'code' | 'markdown' | 'raw';
  id?: string;
  metadata: Record<string, unknown>;
  source: MultilineText;
  /** Code cells only. */
  execution_count?: number | null;
  /** Code cells only. */
  outputs?: CellOutput[];
}

/** A notebook of format 4 (nbformat). */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** What an output shows, in its formats: of displays and of the values of cells; null for text and errors. */
export function bundleOf(output: CellOutput): MimeBundle | null {
  return output.output_type === 'display_data' || output.output_type === 'execute_result' ? output.data : null;
}

export function joinText(text: MultilineText): string {
  return Array.isArray(text) ? text.join('') : text;
}

/**
 * Reads a notebook file.
 * @throws DataError when the file cannot be read or is no notebook of format 4
 */
export function readNotebook(file: string): Notebook {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DataError(`${file}: expected a notebook (JSON), got: ${(error as Error).message}`, { cause: error });
  }
  const notebook = parsed as Partial<Notebook> | null;
  if (notebook?.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new DataError(
      `${file}: expected a notebook of format 4, got nbformat ${String(notebook?.nbformat)}. Open and save it in Jupyter to convert it.`,
    );
  }
  notebook.cells.forEach((cell: unknown, i) => requireCell(cell, `${file}, cell ${i + 1}`));
  if (notebook.metadata !== undefined && !isRecord(notebook.metadata))
    throw damaged(file, 'metadata', notebook.metadata);
  return { ...(notebook as Notebook), metadata: notebook.metadata ?? {} };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));

const damaged = (where: string, what: string, found: unknown): DataError =>
  new DataError(
    `${where}: expected ${what} as notebooks of format 4 have it, got ${JSON.stringify(found)?.slice(0, 80)}. The file is damaged.`,
  );

/** @throws DataError where it is no cell of format 4 */
function requireCell(cell: unknown, where: string): void {
  if (!isRecord(cell)) throw damaged(where, 'an object', cell);
  const { cell_type: type, source, metadata, outputs } = cell;
  if (!['code', 'markdown', 'raw'].includes(String(type))) throw damaged(where, 'cell_type', type);
  if (!isText(source)) throw damaged(where, 'source', source);
  if (!isRecord(metadata)) throw damaged(where, 'metadata', metadata);
  if (outputs === undefined) return;
  if (!Array.isArray(outputs)) throw damaged(where, 'outputs', outputs);
  for (const output of outputs as unknown[]) {
    if (!isRecord(output)) throw damaged(where, 'an output', output);
    const { output_type: kind, text, data, traceback, ename, evalue } = output;
    const isWhole =
      kind === 'stream'
        ? isText(text)
        : kind === 'error'
          ? Array.isArray(traceback) && isText(traceback) && typeof ename === 'string' && typeof evalue === 'string'
          : (kind === 'display_data' || kind === 'execute_result') &&
            isRecord(data) &&
            Object.entries(data).every(([mime, content]) => !mime.startsWith('text/') || isText(content));
    if (!isWhole) throw damaged(where, `an output of type ${String(kind).slice(0, 40)}`, output);
  }
}

/** Writes a notebook in Jupyter's own layout, all or nothing. */
export function writeNotebook(file: string, notebook: Notebook): void {
  const lines = (text: MultilineText) => joinText(text).split(/(?<=\n)/);
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.outputs && {
      outputs: cell.outputs.map((output) =>
        output.output_type === 'error'
          ? output
          : output.output_type === 'stream'
            ? { ...output, text: lines(output.text) }
            : {
                ...output,
                data: Object.fromEntries(
                  Object.entries(output.data).map(([mime, content]) => [
                    mime,
                    mime.startsWith('text/') ? lines(content as MultilineText) : content,
                  ]),
                ),
              },
      ),
    }),
  }));
  writeFileAtomically(file, JSON.stringify({ ...notebook, cells }, null, 1) + '\n');
}

/**
 * The notebook without what differs from one machine or run to the next: times of execution, editor state, and the
 * folders in `folders`, longest first, in text outputs (each replaced by its stand-in).
 */
export function cleanNotebook(notebook: Notebook, folders: Readonly<Record<string, string>>): Notebook {
  const byLength = Object.entries(folders).sort(([a], [b]) => b.length - a.length);
  const withoutFolders = (text: string) =>
    byLength.reduce((result, [folder, standIn]) => result.replaceAll(folder, standIn), text);
  const { kernelspec, language_info } = notebook.metadata;
  return {
    ...notebook,
    metadata: { ...(kernelspec ? { kernelspec } : {}), ...(language_info ? { language_info } : {}) },
    cells: notebook.cells.map((cell) => ({
      ...cell,
      metadata: Object.fromEntries(Object.entries(cell.metadata).filter(([key]) => key === 'tags')),
      ...(cell.outputs && {
        outputs: cell.outputs.map((output) =>
          output.output_type === 'error'
            ? { ...output, evalue: withoutFolders(output.evalue), traceback: output.traceback.map(withoutFolders) }
            : output.output_type === 'stream'
              ? { ...output, text: withoutFolders(joinText(output.text)) }
              : {
                  ...output,
                  data: Object.fromEntries(
                    Object.entries(output.data).map(([mime, content]) => [
                      mime,
                      mime.startsWith('text/') ? withoutFolders(joinText(content as MultilineText)) : content,
                    ]),
                  ),
                },
        ),
      }),
    })),
  };
}
