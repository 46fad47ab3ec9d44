import { publishedReplaceWithin } from '../../../compose/reuse/published/published-replace.js';
import { publishedReuseAcross, publishedReuseWithin } from '../../../compose/reuse/published/published-reuse.js';
import type { ReplaceAcrossRow } from '../../../compose/reuse/replace-across.js';
import type { ReplaceWithin } from '../../../compose/reuse/replace-within.js';
import type { ReuseAcrossRow } from '../../../compose/reuse/reuse-across.js';
import type { ReuseWithinRow } from '../../../compose/reuse/reuse-within.js';
import type { Figure } from '../../figure/figure.js';
import type { PublishedValue } from '../../figure/figure-spec.js';
import { rounded } from '../../figure/number-format.js';
import type { FigureOptions } from '../../figure/theme.js';
import { taskDots } from '../../parts/task-dots.js';

/** A mean of ours beside the paper's mean. `here` are ratios, `paper` percentages. */
function beside(
  what: string,
  here: readonly (number | null | undefined)[],
  paper: readonly number[],
  source: string,
): PublishedValue {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const own = here.filter((value) => value !== null && value !== undefined);
  return {
    quantity: `${what}, mean of ${paper.length} in the paper`,
    here: own.length === 0 ? null : rounded(100 * mean(own)),
    paper: rounded(mean(paper)),
    unit: '%',
    source: `Pan & Rajan, ICSE 2022, ${source}; other networks, classes not named`,
  };
}

/** Reuse within a data set (T2): accuracy of every pair from scratch, by the network's own logits, and by the modules. */
export function reuseWithin(rows: readonly ReuseWithinRow[], options: FigureOptions = {}): Figure {
  const paper = publishedReuseWithin().filter(({ data }) => data === rows[0]?.data);
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
      problem: 'pair of classes',
      published:
        paper.length === 0
          ? []
          : [
              beside('accuracy from scratch', rows.map(({ scratch }) => scratch?.accuracy), paper.map(({ scratch }) => scratch), 'reuse within a data set (spec decompose §5, T2)'),
              beside('accuracy of modules', rows.map(({ modules }) => modules.accuracy), paper.map(({ modules }) => modules), 'reuse within a data set (spec decompose §5, T2)'),
            ], // prettier-ignore
      subtitle: `${rows[0]?.network} on ${rows[0]?.data}; test images of the two classes`,
      ...options,
    },
  );
}

/** Reuse across data sets (T3): balanced accuracy of every pair. */
export function reuseAcross(rows: readonly ReuseAcrossRow[], options: FigureOptions = {}): Figure {
  const [row] = rows;
  const paper = publishedReuseAcross();
  const same = row?.first.data === 'cifar10' && row.second.data === 'cifar100';
  const source = 'reuse across data sets, whether balanced is not stated (spec decompose §5, T3)';
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
      problem: 'pair of classes',
      published: !same
        ? []
        : [
            beside('accuracy from scratch', rows.map(({ scratch }) => scratch?.balancedAccuracy), paper.map(({ scratch }) => scratch), source),
            beside('accuracy of modules', rows.map(({ modules }) => modules.balancedAccuracy), paper.map(({ modules }) => modules), source),
            beside('accuracy, nodes added', rows.map(({ updated }) => updated.find(({ reading }) => reading === 'add')?.score.balancedAccuracy), paper.map(({ updated }) => updated), source),
          ], // prettier-ignore
      subtitle: row && `${row.first.network} (${row.first.data}) / ${row.second.network} (${row.second.data})`,
      measure: 'balanced accuracy',
      lines: { 'always one class': 0.5 },
      ...options,
    },
  );
}

/** Replacement within a data set (T4): top-1 accuracy with each class's module in turn taken from the donor. */
export function replaceWithin(result: ReplaceWithin, options: FigureOptions = {}): Figure {
  const paper = publishedReplaceWithin().find(({ data, measure }) => data === result.data && measure === 'top1');
  const source = 'replacement within a data set (spec decompose §5, T4)';
  return taskDots(
    result.rows.map(({ className, replaced, unmasked }) => ({
      name: className,
      values: { 'one module replaced': replaced.accuracy, 'no node removed': unmasked.accuracy },
    })),
    {
      title: 'One module at a time from a stronger model',
      problem: 'class of the module replaced',
      published: !paper
        ? []
        : [
            beside('top-1 accuracy, composed', [result.composed.accuracy], [paper.composed], source),
            beside('top-1 accuracy, one module replaced', result.rows.map(({ replaced }) => replaced.accuracy), paper.replaced, source),
          ], // prettier-ignore
      subtitle: `${result.recipient} takes the module of the class on the left from ${result.donor}; all classes of ${result.data}`,
      lines: { 'recipient, composed': result.composed.accuracy, 'donor, composed': result.donorComposed.accuracy },
      ...options,
    },
  );
}

/** Replacement across data sets (T5): recall of the foreign class, or balanced accuracy of all classes. */
export function replaceAcross(
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
      problem: 'replacement',
      measure,
      ...rest,
    },
  );
}
