import type { AttackOutcome, AttackResult } from '../../diagnose/attacks/result.js';
import type { Cell } from './cell.js';
import { Table } from './table.js';

/** What became of the attacked images, as the attack left them and rounded to bytes; distances are medians of the successful ones. */
export function attackTable({ outcome, roundedOutcome }: Pick<AttackResult, 'outcome' | 'roundedOutcome'>): Table {
  const row = (images: string, { accuracy, succeeded, successRate, linf, l2 }: AttackOutcome): Cell[] => [
    ...[images, 100 * accuracy, succeeded, successRate === null ? null : 100 * successRate],
    ...[linf && (255 * linf.median).toFixed(2), l2 && l2.median.toFixed(3)],
  ];
  return new Table(
    ['images', 'accuracy (%)', 'succeeded', 'success (%)', 'median L∞ · 255', 'median L2'],
    [row('as the attack left them', outcome), row('as bytes', roundedOutcome)],
  );
}
