import { DataError } from '../../errors.js';
import type { NpyArray } from '../../run/npy.js';

/**
 * Labels as text, one per image: whole numbers [n] or [n, 1], one-hot rows [n, classes], or texts.
 * @param where the array, for messages
 * @throws DataError for other shapes, numbers that are not whole, and rows that name no class or several
 */
export function arrayLabels({ shape, values }: NpyArray, where: string): string[] {
  const [count = 0, columns = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || count < 1) {
    throw new DataError(`${where}: expected labels [n], [n, 1] or one-hot [n, classes], got [${shape.join(', ')}].`);
  }
  const one = (value: string | number | bigint, i: number): string => {
    if (typeof value === 'string') return value;
    const number = Number(value);
    if (!Number.isInteger(number))
      throw new DataError(`${where}: expected whole numbers as labels, got ${number} for image ${i}.`);
    return String(number);
  };
  const list = values as ArrayLike<string | number | bigint>;
  if (columns === 1) return Array.from({ length: count }, (_, i) => one(list[i]!, i));
  return Array.from({ length: count }, (_, i) => {
    const row = Array.from({ length: columns }, (_, c) => Number(list[i * columns + c]));
    const hot = row.flatMap((value, c) => (value === 1 ? [c] : value === 0 ? [] : [-1]));
    const [only = -1, ...others] = hot;
    if (only >= 0 && others.length === 0) return String(only);
    throw new DataError(
      `${where}: expected one-hot rows (a single 1 among zeros), got [${row.slice(0, 6).join(', ')}] for image ${i}.`,
    );
  });
}

/** Class names in their order: numbers by size, texts by their code units. */
export function classesOf(labels: Iterable<string>): string[] {
  const names = [...new Set(labels)];
  return names.every((name) => /^-?\d+$/.test(name)) ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}
