import { DataError } from '../../../errors.js';
import { hasImageName } from '../../images/image-format.js';
import { type LabelRecords, labelRecords } from './label-records.js';
import { splitRole } from './split-name.js';

/** A line of a list of images. */
export interface LabelRow {
  readonly image: string;
  readonly label: string;
  /** What the list says on the part that the image belongs to. */
  readonly split?: string;
}

/** Names of columns without capitals, spaces and underscores, the likeliest first. */
const IMAGE_KEYS = 'path,file,filename,filepath,image,imagepath,imagename,imagefile,img,imgpath,imgname,imageid,picture,photo,id,name'.split(','); // prettier-ignore
const LABEL_KEYS = 'label,labels,class,classes,classname,classlabel,labelname,category,categories,target,breed,species,diagnosis,dx,emotion,y'.split(','); // prettier-ignore
const SPLIT_KEYS = ['split', 'subset', 'set', 'partition', 'fold', 'usage'];

/** The lines of a list of images, and what one would not expect of it. */
export interface LabelRows {
  readonly rows: readonly LabelRow[];
  readonly remarks: readonly string[];
}

/**
 * Reads a list of images and labels. Which columns are which is told by their names, and by what is in them: names of pictures are
 * images, and a single other column is the label; columns of zeros with a single one in each line are classes by their names.
 * @param file name for messages; `.json` and `.jsonl` are read as JSON
 * @throws DataError where it is damaged, or which columns are which cannot be told
 */
export function labelRows(bytes: Buffer, file: string): LabelRows {
  const records = labelRecords(bytes, file);
  const { columns, rows } = records;
  if (rows.length === 0) throw new DataError(`${file}: expected a line for every image, got none.`);
  const image = imageColumn(records);
  const named = (keys: readonly string[]): number => columnOf(columns, keys);
  const splitColumn = named(SPLIT_KEYS);
  // Numbers of folds are no parts.
  const saysParts = splitColumn >= 0 && rows.some((row) => splitRole(row[splitColumn] ?? '') !== null);
  const isNumbers = splitColumn >= 0 && rows.every((row) => /^\d*$/.test(row[splitColumn] ?? ''));
  const split = splitColumn >= 0 && (saysParts || !isNumbers) ? splitColumn : -1;
  const remarks = [
    ...records.remarks,
    ...(splitColumn >= 0 && split < 0 ? [`its column ${columns?.[splitColumn]} says no parts`] : []),
  ];
  const label = image < 0 ? null : labelReader(records, image, splitColumn, file);
  if (!label) {
    throw new DataError(
      `${file}: expected a column of images (${IMAGE_KEYS.slice(0, 5).join(', ')}, …) and one of labels ` +
        `(${LABEL_KEYS.slice(0, 5).join(', ')}, …), got ${(columns ?? rows[0] ?? []).slice(0, 12).join(', ') || 'no columns'}` +
        `${columns ? '. Rename them.' : ' and no header. Write a line with their names above.'}`,
    );
  }
  return {
    remarks,
    rows: rows.map((row, i) => {
      const [picture = '', className] = [row[image], label(row, i)];
      if (picture === '' || className === '')
        throw new DataError(
          `${file}: expected an image and a label in record ${i}, got “${picture}” and “${className}”.`,
        );
      const part = row[split] ?? '';
      return { image: picture, label: className, ...(part ? { split: part } : {}) };
    }),
  };
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]+/g, '');

function columnOf(columns: readonly string[] | null, keys: readonly string[]): number {
  const own = (columns ?? []).map(plain);
  return keys.map((key) => own.indexOf(key)).find((at) => at >= 0) ?? -1;
}

/** The only column that has names of pictures in every line, or else the one that is called so; −1 where there is none. */
function imageColumn({ columns, rows }: LabelRecords): number {
  const width = rows[0]?.length ?? 0;
  const full = Array.from({ length: width }, (_, c) => c).filter((c) =>
    rows.every((row) => hasImageName(row[c] ?? '')),
  );
  const named = columnOf(columns, IMAGE_KEYS);
  const [only = -1, ...others] = full;
  return others.length > 0 || only < 0 ? named : only;
}

/** Reads the label of a line; null where no column is one. */
function labelReader(
  { columns, rows }: LabelRecords,
  image: number,
  split: number,
  file: string,
): ((row: readonly string[], i: number) => string) | null {
  const named = columnOf(columns, LABEL_KEYS);
  if (named >= 0 && named !== image) return wholeNumbers(rows, named);
  const isCount = (c: number): boolean =>
    (columns ? /^(unnamed\d*|index|id|no|nr|row)?$/.test(plain((columns[c] ?? '').replaceAll(':', ''))) : c === 0) &&
    rows.every((row, i) => row[c] === String(i) || row[c] === String(i + 1));
  const others = [...(rows[0] ?? []).keys()].filter((c) => c !== image && c !== split && !isCount(c));
  const [only, ...more] = others;
  // A column that counts the lines is no label.
  if (only !== undefined && more.length === 0) return wholeNumbers(rows, only);
  if (!columns || !rows.every((row) => others.every((c) => /^[01](\.0*)?$/.test(row[c] ?? '')))) return null;
  return (row, i) => {
    const hot = others.filter((c) => Number(row[c]) === 1);
    const [one] = hot;
    if (one === undefined || hot.length > 1) {
      throw new DataError(
        `${file}: expected one class for every image, got ${hot.length} for ${row[image]} in record ${i} ` +
          `(${hot.map((c) => columns[c]).join(', ') || 'none'}).`,
      );
    }
    return columns[one] ?? '';
  };
}

/** A column as it is; whole numbers that were saved as others (1.0) as whole ones. */
function wholeNumbers(rows: LabelRecords['rows'], column: number): (row: readonly string[]) => string {
  const whole = rows.every((row) => /^-?\d+\.0+$/.test(row[column] ?? ''));
  return (row) => (whole ? String(Number(row[column])) : (row[column] ?? ''));
}
