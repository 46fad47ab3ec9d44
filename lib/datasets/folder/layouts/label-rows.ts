import { parse } from 'csv-parse/sync';
import { DataError } from '../../../errors.js';

/** A line of a list of images. */
export interface LabelRow {
  readonly image: string;
  readonly label: string;
  /** What the list says on the part that the image belongs to. */
  readonly split?: string;
}

const IMAGE_KEYS = ['path', 'file', 'filename', 'file_name', 'filepath', 'image', 'image_path', 'imagepath', 'img', 'image_id', 'id', 'name']; // prettier-ignore
const LABEL_KEYS = [
  'label',
  'class',
  'class_name',
  'classname',
  'category',
  'target',
  'breed',
  'species',
  'diagnosis',
  'y',
];
const SPLIT_KEYS = ['split', 'subset', 'set', 'partition', 'fold', 'usage'];

/**
 * Reads a list of images and labels: CSV with a header (commas, semicolons or tabs), or JSON, an array of objects or an object
 * of label by path.
 * @param file name for messages; `.json` is read as JSON
 * @throws DataError where it is damaged, or which columns are which cannot be told
 */
export function labelRows(text: string, file: string): LabelRow[] {
  const records = /\.json$/i.test(file) ? jsonRecords(text, file) : csvRecords(text, file);
  const [first] = records;
  if (!first) throw new DataError(`${file}: expected a line for every image, got none.`);
  const keys = Object.keys(first);
  const find = (names: readonly string[]): string | undefined =>
    names.map((name) => keys.find((key) => key.trim().toLowerCase() === name)).find((key) => key !== undefined);
  const [imageKey, labelKey, splitKey] = [IMAGE_KEYS, LABEL_KEYS, SPLIT_KEYS].map(find);
  if (imageKey === undefined || labelKey === undefined) {
    throw new DataError(
      `${file}: expected a column of images (${IMAGE_KEYS.slice(0, 6).join(', ')}, …) and one of labels ` +
        `(${LABEL_KEYS.slice(0, 6).join(', ')}, …), got ${keys.slice(0, 12).join(', ') || 'no columns'}. Rename them.`,
    );
  }
  return records.map((record, i) => {
    const [image, label] = [record[imageKey], record[labelKey]].map(textOf);
    if (!image || !label)
      throw new DataError(`${file}: expected an image and a label in record ${i}, got “${image}” and “${label}”.`);
    const split = splitKey === undefined ? '' : textOf(record[splitKey]);
    return { image, label, ...(split ? { split } : {}) };
  });
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : '';

function csvRecords(text: string, file: string): Record<string, unknown>[] {
  const [header = ''] = text.split('\n', 1);
  const delimiter = ['\t', ';', ','].find((mark) => header.includes(mark)) ?? ',';
  try {
    return parse(text, { columns: true, bom: true, delimiter, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw new DataError(`${file}: expected comma-separated values with a header: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function jsonRecords(text: string, file: string): Record<string, unknown>[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${(cause as Error).message}.`, { cause });
  }
  if (Array.isArray(value) && value.every(isRecord)) return value;
  if (isRecord(value) && Object.values(value).every((label) => textOf(label) !== '')) {
    return Object.entries(value).map(([path, label]) => ({ path, label }));
  }
  throw new DataError(`${file}: expected an array of { path, label }, or an object of label by path.`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
