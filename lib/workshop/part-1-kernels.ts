import { keepClasses } from '../datasets/subset.js';
import { causalCheck } from '../diagnose/causal-check.js';
import { ranked } from '../simplify/best-units.js';
import { judgeFields } from './judges/judge-fields.js';
import { judgeNumber } from './judges/judge-number.js';
import { asNumbers } from './judges/judge-numbers.js';
import { type Exercise, quoted, right, type Verdict, wrong } from './judges/verdict.js';
import type { Part1Session } from './part-1-session.js';

const topFive: Exercise<Part1Session> = {
  id: '1.4',
  judge(answer, { relevance, answers, data }) {
    const list = asNumbers(answer);
    if (list === null) return wrong(`Expected a list of kernel numbers, got ${quoted(answer)}.`);
    if (list.length !== 5) return wrong(`Expected five kernels, got ${list.length}.`);
    if (!list.every((k) => Number.isInteger(k) && k >= 0 && k < relevance.kernels)) {
      return wrong(`Expected numbers of kernels, from 0 to ${relevance.kernels - 1}; these look like their values.`);
    }
    if (new Set(list).size < 5) return wrong('A kernel is in the list twice.');
    const row = relevance.values[data.classNames.indexOf(answers.weakest)];
    const least = row[answers.topFive[4]] * (1 - 1e-3); // other backends round differently
    if (list.every((k) => row[k] >= least)) {
      const shared = answers.topFive.filter((k) => relevance.mask[data.classNames.indexOf(answers.takenFor)][k] === 1);
      return right(`Right. ${shared.length} of these five are among the relevant kernels of ${answers.takenFor}, too.`);
    }
    const sameAs = (numbers: readonly number[]) => numbers.every((k) => list.includes(k));
    if (sameAs(answers.topFive.map((k) => k + 1))) return wrong('All one too high: the first kernel has number 0.');
    if (sameAs(ranked(row).slice(-5)))
      return wrong('These are the five with the smallest mass: sort the other way round.');
    const other = data.classNames.find((_, c) => sameAs(ranked(relevance.values[c]).slice(0, 5)));
    return wrong(other ? `These are the five of '${other}'. Which row belongs to ${answers.weakest}?` : null);
  },
  hints: [
    '`relevance.values` has one row for each class, in the order of `classNames`, with one number per kernel.',
    'Sort the kernel _numbers_ by their value: `Array.from(row.keys()).sort((a, b) => row[b] - row[a])`.',
    'And keep the first five of them: `.slice(0, 5)`.',
  ],
};

const inPoints = (value: unknown): Verdict => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrong(`expected a number, got ${quoted(value)}.`);
  if (Math.abs(value) > 100) return wrong('more than 100 points cannot be lost or won.');
  if (value !== 0 && Math.abs(value) < 1) return wrong('that looks like a fraction. In points, please: 25, not 0.25.');
  return right('');
};

const prediction: Exercise<Part1Session> = {
  id: '1.5',
  judge: (answer) =>
    judgeFields(
      answer,
      { own: inPoints, others: inPoints },
      'Noted. There is no wrong prediction, only one before and one after the measurement. Now measure.',
    ),
  hints: [
    'Just guess: how many percentage points of its recall does the class lose, and how many do the others lose on average?',
    'A positive number is a loss. A class that loses everything loses its whole recall.',
  ],
};

/** The class of exercise 1.6. */
const FAIR_CLASS = 'square';

const beyondChance: Exercise<Part1Session> = {
  id: '1.6',
  judge(answer, { all }) {
    const row = all?.rows.find(({ className }) => className === FAIR_CLASS);
    if (!all || !row) return wrong('Run the cell above this exercise first: it silences the kernels.');
    const mean = (what: 'own' | 'others') => row.random.reduce((sum, draw) => sum + (draw[what] ?? 0), 0) / all.draws;
    const own = row.before.own - row.relevant.own;
    const byChance = row.before.own - mean('own');
    return judgeNumber(answer, {
      value: 100 * (own - byChance),
      tolerance: 0.1,
      unit: 'points',
      slips: [
        [
          100 * own,
          'That is what the class loses through its own kernels. How much of it would any kernels have cost?',
        ],
        [100 * byChance, 'That is the loss through random kernels; wanted is how much larger the other loss is.'],
        [
          100 * (mean('others') - (row.relevant.others ?? 0)),
          'That is about the images of the other classes (`others`); take `own`.',
        ],
        [
          100 * (row.random[0].own - row.relevant.own),
          'That compares with the first draw only. A single draw is luck: take the mean.',
        ],
        [100 * (mean('own') * all.draws - row.relevant.own), 'The random draws are summed up, not averaged.'],
        [
          100 * (all.meanDrop.relevant - all.meanDrop.random),
          `That is the mean over all classes; wanted is '${FAIR_CLASS}' alone.`,
        ],
      ],
      praise: `Right: ${(100 * own).toFixed(0)} points with its own kernels, ${(100 * byChance).toFixed(0)} with random ones. Own kernels cost more in ${all.stronger} of ${all.rows.length} classes.`,
    });
  },
  hints: [
    'In `row`: `before.own` is the recall with all kernels, `relevant.own` without its own, `random` a list with one entry per draw.',
    'Loss through its own: `before.own - relevant.own`. Loss through random ones: `before.own` minus the mean of `random.map((draw) => draw.own)`.',
    'Their difference, times 100. (`before.own` cancels out.)',
  ],
};

const overlap: Exercise<Part1Session> = {
  id: '1.7',
  judge(answer, { relevance, answers, data }) {
    const [a, b] = [answers.weakest, answers.takenFor].map((name) => relevance.mask[data.classNames.indexOf(name)]);
    const count = (test: (x: number, y: number) => boolean) => a.filter((x, k) => test(x, b[k])).length;
    const both = count((x, y) => x + y === 2);
    const either = count((x, y) => x + y > 0);
    const [ofA, ofB] = [count((x) => x === 1), count((_, y) => y === 1)];
    return judgeNumber(answer, {
      value: both / either,
      unit: 'fraction',
      slips: [
        [both, 'That is how many kernels they share. As a share of those that at least one of them relies on?'],
        [
          both / ofA,
          `That is a share of the kernels of ${answers.weakest} alone. The Jaccard index treats both classes alike.`,
        ],
        [
          both / ofB,
          `That is a share of the kernels of ${answers.takenFor} alone. The Jaccard index treats both classes alike.`,
        ],
        [
          both / relevance.kernels,
          'You divided by all kernels of the layer; those that neither class relies on do not count.',
        ],
        [count((x, y) => x === y) / relevance.kernels, 'Kernels that neither relies on do not count as agreement.'],
        [both / (ofA + ofB), 'In the sum of the two counts the shared kernels are counted twice.'],
      ],
      praise: `Right: ${both} shared kernels of ${either}. Look at the whole table below.`,
    });
  },
  hints: [
    'The Jaccard index of two sets: how many are in both, divided by how many are in at least one.',
    'With two rows of 0 and 1: in both where `a[k] + b[k] === 2`, in at least one where `a[k] + b[k] > 0`.',
  ],
};

const singleKernel: Exercise<Part1Session> = {
  id: '1.8',
  optional: true,
  async judge(answer, { relevance, answers, data }) {
    if (typeof answer !== 'number' || !Number.isInteger(answer))
      return wrong(`Expected the number of a kernel, got ${quoted(answer)}.`);
    if (answer < 0 || answer >= relevance.kernels)
      return wrong(`Expected a kernel from 0 to ${relevance.kernels - 1}.`);
    const recall = await recallWithoutEach(data, relevance, answers.takenFor);
    const lowest = Math.min(...recall);
    if (recall[answer] <= lowest + 1e-9)
      return right(
        `Right: without kernel ${answer}, ${(100 * lowest).toFixed(0)} % of the ${answers.takenFor}s are left.`,
      );
    if (recall[answer] === Math.max(...recall))
      return wrong('Without this one the class is recognised best. Wanted is the opposite.');
    const place = ranked(relevance.values[data.classNames.indexOf(answers.takenFor)]).indexOf(answer);
    return wrong(
      place === 0
        ? 'It has the largest gradient mass, but another costs more when it is silenced. Measure them all.'
        : null,
    );
  },
  hints: [
    'One `causalCheck` for each kernel, with a mask that holds a single 1, in the row of the class.',
    'On validation images: choosing by test images would be cheating. `rows[0].relevant.own` is what is left.',
  ],
};

/** A class's recall on the validation images with one kernel silenced, for every kernel. */
async function recallWithoutEach(
  { strong, validation, classNames }: Part1Session['data'],
  relevance: Part1Session['relevance'],
  name: string,
): Promise<number[]> {
  const images = keepClasses(validation, [name]);
  const recalls: number[] = [];
  for (let kernel = 0; kernel < relevance.kernels; kernel++) {
    const mask = classNames.map((one) =>
      Array.from({ length: relevance.kernels }, (_, k) => Number(one === name && k === kernel)),
    );
    const { rows } = await causalCheck(strong, { ...relevance, mask }, images, { draws: 1 });
    recalls.push(rows[0].relevant.own);
  }
  return recalls;
}

/** About the kernels of the last convolution. */
export const kernelExercises: readonly Exercise<Part1Session>[] = [
  topFive,
  prediction,
  beyondChance,
  overlap,
  singleKernel,
];
