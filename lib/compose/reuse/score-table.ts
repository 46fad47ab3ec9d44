import { OptionError } from '../../errors.js';
import { type TaskScore, taskScore } from '../../metrics/task-score.js';

/** Scores of images, one column per class. Columns are put beside each other and exchanged as modules are. */
export interface ScoreTable {
  readonly images: number;
  /** Scores [images] of every class, in the order in which ties are broken. */
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Some columns of a table, in the given order. @throws OptionError for a class it does not have */
export function takeColumns(table: ScoreTable, classNames: readonly string[]): ScoreTable {
  return { ...table, columns: new Map(classNames.map((name) => [name, columnOf(table, name)])) };
}

/** A class's scores. @throws OptionError when the table does not have it */
export function columnOf(table: ScoreTable, name: string): Float64Array {
  const column = table.columns.get(name);
  if (!column) {
    throw new OptionError(`scores: expected one of ${[...table.columns.keys()].join(', ')}; got '${name}'.`);
  }
  return column;
}

/** The table with one column exchanged in its place, under a new name where one is given. */
export function replaceColumn(table: ScoreTable, name: string, column: Float64Array, newName = name): ScoreTable {
  columnOf(table, name);
  const columns = [...table.columns].map(([key, old]) =>
    key === name ? ([newName, column] as const) : ([key, old] as const),
  );
  return { ...table, columns: new Map(columns) };
}

/** Tables of the same images side by side. */
export function besides(...tables: readonly ScoreTable[]): ScoreTable {
  return { images: tables[0].images, columns: new Map(tables.flatMap(({ columns }) => [...columns])) };
}

/** Some images' scores, in the given order. */
export function takeRows(table: ScoreTable, rows: ArrayLike<number>): ScoreTable {
  const taken = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]);
  return { images: rows.length, columns: new Map([...table.columns].map(([name, column]) => [name, taken(column)])) };
}

/** How well the highest score of each image picks its class. @param classNames the labels' classes; all have a column */
export function scoreOf(table: ScoreTable, labels: ArrayLike<number>, classNames: readonly string[]): TaskScore {
  const columns = classNames.map((name) => columnOf(table, name));
  const scores = new Float64Array(labels.length * columns.length);
  columns.forEach((column, c) => column.forEach((score, i) => (scores[i * columns.length + c] = score)));
  return taskScore(scores, labels, classNames);
}

/** Tables of the same columns, of one set of images after the other. */
export function stack(...tables: readonly ScoreTable[]): ScoreTable {
  const images = tables.reduce((sum, table) => sum + table.images, 0);
  const columns = new Map<string, Float64Array>();
  for (const name of tables[0].columns.keys()) {
    const column = new Float64Array(images);
    let at = 0;
    for (const table of tables) {
      column.set(columnOf(table, name), at);
      at += table.images;
    }
    columns.set(name, column);
  }
  return { images, columns };
}

/** The table with a column under another name. */
export const renameColumn = (table: ScoreTable, name: string, newName: string): ScoreTable =>
  replaceColumn(table, name, columnOf(table, name), newName);
