import type { ReplaceAcrossRow } from '../compose/replace-across.js';
import type { ReplaceWithin } from '../compose/replace-within.js';
import type { ReuseAcrossRow } from '../compose/reuse-across.js';
import type { ReuseWithinRow } from '../compose/reuse-within.js';
import type { Figure } from './figure.js';
import { taskDots } from './task-dots.js';
import type { FigureOptions } from './theme.js';

/** Reuse within a data set (T2): accuracy of every pair from scratch, by the network's own logits, and by the modules. */
export function reuseWithinDots(rows: readonly ReuseWithinRow[], options: FigureOptions = {}): Figure {
  return taskDots(
    rows.map(({ first, second, scratch, restricted, modules }) => ({
      name: `${first} / ${second}`,
      values: {
        'from scratch': scratch?.accuracy ?? null,
        modules: modules.accuracy,
        'restricted logits': restricted.accuracy,
      },
    })),
    {
      title: 'Reuse within a data set',
      subtitle: `${rows[0]?.network} on ${rows[0]?.data}; test images of the two classes`,
      ...options,
    },
  );
}

/** Reuse across data sets (T3): balanced accuracy of every pair. */
export function reuseAcrossDots(rows: readonly ReuseAcrossRow[], options: FigureOptions = {}): Figure {
  const [row] = rows;
  return taskDots(
    rows.map(({ scratch, unmasked, modules, updated }) => ({
      name: modules.classNames.join(' / '),
      values: {
        'from scratch': scratch?.balancedAccuracy ?? null,
        modules: modules.balancedAccuracy,
        'no node removed': unmasked.balancedAccuracy,
        'nodes added': updated.find(({ reading }) => reading === 'add')?.score.balancedAccuracy ?? null,
        'nodes removed': updated.find(({ reading }) => reading === 'remove')?.score.balancedAccuracy ?? null,
      },
    })),
    {
      title: 'Reuse across data sets',
      subtitle: row && `${row.first.network} (${row.first.data}) / ${row.second.network} (${row.second.data})`,
      measure: 'balanced accuracy',
      lines: { 'always one class': 0.5 },
      ...options,
    },
  );
}

/** Replacement within a data set (T4): top-1 accuracy with each class's module in turn taken from the donor. */
export function replaceWithinDots(result: ReplaceWithin, options: FigureOptions = {}): Figure {
  return taskDots(
    result.rows.map(({ className, replaced, unmasked }) => ({
      name: className,
      values: { 'one module replaced': replaced.accuracy, 'no node removed': unmasked.accuracy },
    })),
    {
      title: 'One module at a time from a stronger model',
      subtitle: `${result.recipient} takes the module of the class on the left from ${result.donor}; all classes of ${result.data}`,
      lines: { 'recipient, composed': result.composed.accuracy, 'donor, composed': result.donorComposed.accuracy },
      ...options,
    },
  );
}

/** Replacement across data sets (T5): recall of the foreign class, or balanced accuracy of all classes. */
export function replaceAcrossDots(
  rows: readonly ReplaceAcrossRow[],
  options: FigureOptions & { measure?: 'foreign recall' | 'balanced accuracy' } = {},
): Figure {
  const { measure = 'foreign recall', ...rest } = options;
  const [row] = rows;
  return taskDots(
    rows.map(({ foreign, replaced, place, scratch, unmasked, modules, updated }) => {
      const of = (score: typeof modules | null | undefined) =>
        (measure === 'foreign recall' ? score?.recall[place] : score?.balancedAccuracy) ?? null;
      return {
        name: `${foreign.className} for ${replaced}`,
        values: {
          'from scratch': of(scratch),
          modules: of(modules),
          'no node removed': of(unmasked),
          'nodes added': of(updated?.score),
        },
      };
    }),
    {
      title: measure === 'foreign recall' ? 'How the foreign class fares' : 'A foreign class in the place of another',
      subtitle: row && `${row.foreign.network} (${row.foreign.data}) into ${row.recipient} (${row.data})`,
      measure,
      ...rest,
    },
  );
}
