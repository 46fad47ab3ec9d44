import { printable } from '../figure/label.js';
import type { Cell } from './cell.js';

/**
 * Rows as CSV by RFC 4180: comma, CRLF, quotes where a cell needs them; UTF-8 without a mark. Numbers are written in full; null and
 * NaN are empty. Text that a spreadsheet would run as a formula (`=`, `@`, `+` and `-` before anything but a number) gets an
 * apostrophe in front; terminal escapes and line breaks in names become spaces.
 */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(value: Cell): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (typeof value !== 'string') return String(value);
  const text = value === '' ? '' : printable(value);
  const formula = /^[=@+\-−＝＠＋－]/.test(text) && !/^[+\-−]?[\d.]+(e[+-]?\d+)?$/i.test(text);
  const safe = formula ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
