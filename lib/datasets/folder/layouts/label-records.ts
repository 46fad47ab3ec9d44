import { parse } from 'csv-parse/sync';
import { DataError } from '../../../errors.js';
import { hasImageName } from '../../images/image-format.js';

/** A list of images as a table. */
export interface LabelRecords {
  /** Names of the columns; null where the list has no header. */
  readonly columns: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
  /** What one would not expect, for the report. */
  readonly remarks: readonly string[];
}

/**
 * Reads a list of images as a table: CSV (commas, semicolons, tabs or, in lists of two columns, spaces), lines of JSON, or JSON, an
 * array of objects, an object of label by path, or one of paths by label.
 * @param file name for messages; `.json` and `.jsonl` are read as JSON
 * @throws DataError where it is damaged
 */
export function labelRecords(bytes: Buffer, file: string): LabelRecords {
  const { text, remarks } = textOfBytes(bytes, file);
  const plain = file.replace(/\.gz$/i, '');
  if (/\.(jsonl|ndjson)$/i.test(plain)) {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    return { ...tableOf(lines.map((line) => json(line, file)), file), remarks }; // prettier-ignore
  }
  if (/\.json$/i.test(plain)) return { ...tableOf(json(text, file), file), remarks };
  return { ...csvTable(text, file), remarks };
}

/** UTF-8, or what spreadsheets save instead: UTF-16, which they mark, and Windows' Western European letters. */
function textOfBytes(bytes: Buffer, file: string): { text: string; remarks: string[] } {
  const mark = bytes.toString('hex', 0, 2);
  if (mark === 'fffe' || mark === 'feff') {
    return { text: new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(bytes), remarks: [] };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), remarks: [] };
  } catch {
    if (bytes.includes(0)) throw new DataError(`${file}: expected a text, got other bytes.`);
    const text = new TextDecoder('windows-1252').decode(bytes);
    return { text, remarks: ['the list of labels is not in UTF-8 and was read as Windows-1252'] };
  }
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${(cause as Error).message}.`, { cause });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : '';

const isPlainList = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.every((one) => typeof one !== 'object');

function tableOf(value: unknown, file: string): Omit<LabelRecords, 'remarks'> {
  if (Array.isArray(value) && value.every(isRecord)) {
    const columns = [...new Set(value.flatMap((record) => Object.keys(record)))];
    return { columns, rows: value.map((record) => columns.map((key) => textOf(record[key]))) };
  }
  const columns = ['path', 'label'];
  if (isRecord(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, label]) => textOf(label) !== '')) {
      return { columns, rows: entries.map(([path, label]) => [path, textOf(label)]) };
    }
    // Columns, as pandas writes them by to_dict('list').
    const [, first] = entries.find(([key]) => /^(path|file|file_?name|file_?path|image)s?$/i.test(key)) ?? [];
    if (Array.isArray(first) && entries.every(([, list]) => isPlainList(list) && list.length === first.length)) {
      const lists = entries.map(([, list]) => list as unknown[]);
      return { columns: entries.map(([key]) => key), rows: first.map((_, i) => lists.map((list) => textOf(list[i]))) };
    }
    // COCO and its like are lists of several tables, whose entries are no paths.
    if (entries.every(([, paths]) => Array.isArray(paths) && paths.every((one) => typeof one === 'string'))) {
      return { columns, rows: entries.flatMap(([label, paths]) => (paths as string[]).map((path) => [path, label])) };
    }
  }
  throw new DataError(
    `${file}: expected an array of { path, label }, an object of label by path, one of lists of paths by label, or one of columns.`,
  );
}

function csvTable(text: string, file: string): Omit<LabelRecords, 'remarks'> {
  const [first = ''] = text.split(/\r?\n/, 1);
  const bare = first.replace(/"[^"]*"/g, '');
  const counts = ['\t', ',', ';'].map((mark) => [mark, bare.split(mark).length - 1] as const);
  const [delimiter, most] = counts.reduce((best, one) => (one[1] > best[1] ? one : best));
  let rows: string[][];
  if (most === 0 && /^\S+\.\w+\s+\S+\s*$/.test(bare)) {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    rows = lines.map((line) => /^(.*\S)\s+(\S+)\s*$/.exec(line)?.slice(1) ?? [line]);
  } else {
    try {
      rows = parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true });
    } catch (cause) {
      throw new DataError(
        `${file}: expected values separated by commas, semicolons or tabs: ${(cause as Error).message}.`,
        { cause },
      );
    }
  }
  const [head = []] = rows;
  return head.some(hasImageName) ? { columns: null, rows } : { columns: head, rows: rows.slice(1) };
}
