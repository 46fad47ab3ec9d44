import { accuracyOf, bestNames, columnSum, f1Of, rowSum } from './class-scores.js';
import { judgeChoice } from './judges/judge-choice.js';
import { judgeFields } from './judges/judge-fields.js';
import { judgeFunction } from './judges/judge-function.js';
import { judgeNumber } from './judges/judge-number.js';
import type { Exercise } from './judges/verdict.js';
import type { Part1Session } from './part-1-session.js';

/** The class of exercise 1.1. */
const FIRST_CLASS = 'circle';

const recall: Exercise<Part1Session> = {
  id: '1.1',
  judge(answer, { report }) {
    const c = report.classNames.indexOf(FIRST_CLASS);
    const matrix = report.confusion;
    const hits = matrix[c][c];
    return judgeNumber(answer, {
      value: hits / rowSum(matrix, c),
      unit: 'fraction',
      slips: [
        [
          hits / columnSum(matrix, c),
          'That is the precision: it divides by all images _taken for_ a circle, a column of the matrix.',
        ],
        [hits, 'These are the images that were recognised, as a number of images. What share of all circles are they?'],
        [hits / report.images, 'You divided by all images. Only circles can be recognised as circles.'],
        [report.accuracy, 'That is the accuracy over all classes.'],
        [1 - hits / rowSum(matrix, c), 'That is the share of circles that were missed.'],
      ],
      praise: `Right: ${hits} of ${rowSum(matrix, c)} circles are recognised.`,
    });
  },
  hints: [
    'Rows are true classes. The row of `circle` holds all circles; which cell of it holds the recognised ones?',
    'Recognised: `matrix[c][c]`. All circles: the sum of the row, `matrix[c].reduce((a, b) => a + b, 0)`.',
  ],
};

/** Few hits, rows and columns of different sums: arithmetic and harmonic mean differ. */
const MADE_UP = [
  [8, 2, 0],
  [10, 30, 0],
  [2, 3, 5],
];

const f1: Exercise<Part1Session> = {
  id: '1.2',
  judge(answer, { report }) {
    const cases = [
      ...MADE_UP.map((_, c) => ({ matrix: MADE_UP, c, about: `for class ${c} of a made-up matrix` })),
      ...report.classNames.map((name, c) => ({ matrix: report.confusion, c, about: `for ${name}` })),
    ];
    return judgeFunction(
      answer,
      cases.map(({ matrix, c, about }) => {
        const hits = matrix[c][c];
        const [row, column] = [rowSum(matrix, c), columnSum(matrix, c)];
        return {
          args: [matrix, c],
          about,
          judge: (result) =>
            judgeNumber(result, {
              value: (2 * hits) / (row + column),
              unit: 'fraction',
              slips: [
                [
                  (hits / row + hits / column) / 2,
                  'this is the plain mean of precision and recall; F1 is the harmonic mean.',
                ],
                [hits / row, 'this is the recall.'],
                [hits / column, 'this is the precision.'],
                [hits / (row + column), 'a factor of 2 is missing.'],
                [((hits / row) * hits) / column, 'this is precision times recall; divide by their mean.'],
                [accuracyOf(matrix), 'this is the accuracy over all classes.'],
              ],
              praise: 'Right, for every class: F1 is near the smaller of precision and recall.',
            }),
        };
      }),
    );
  },
  hints: [
    'You need three numbers: the hits, the sum of the class’s row (all its images), the sum of its column (all taken for it).',
    'F1 = 2 · precision · recall / (precision + recall), with precision = hits / column and recall = hits / row.',
    'Written without fractions of fractions: 2 · hits / (row + column). A column: `matrix.reduce((sum, row) => sum + row[c], 0)`.',
  ],
};

const weakest: Exercise<Part1Session> = {
  id: '1.3',
  judge(answer, { report, answers }) {
    const { classNames, confusion } = report;
    const w = classNames.indexOf(answers.weakest);
    const [lowestPrecision] = bestNames(classNames, (_, i) => -(report.perClass[i].precision ?? 0));
    const [best] = bestNames(classNames, (name) => f1Of(report, name));
    const takenFor = bestNames(classNames, (_, i) => (i === w ? null : confusion[w][i]));
    const intruder = bestNames(classNames, (_, i) => (i === w ? null : confusion[i][w]));
    return judgeFields(
      answer,
      {
        weakest: (value) =>
          judgeChoice(value, {
            accepted: bestNames(classNames, (name) => -(f1Of(report, name) ?? 0)),
            known: classNames,
            slips: [
              [best, 'that is the class with the highest F1; wanted is the lowest.'],
              [lowestPrecision, 'it has the lowest precision, but not the lowest F1.'],
              [answers.takenFor, 'weak as well, but there is one with a still lower F1.'],
            ],
            praise: '',
          }),
        takenFor: (value) =>
          judgeChoice(value, {
            accepted: takenFor,
            known: classNames,
            slips: [
              [answers.weakest, 'the diagonal of the matrix holds what is right; leave that cell out.'],
              [
                intruder[0],
                'you looked down the column (what is taken for the class). Wanted is the row: where its images go.',
              ],
            ],
            praise: '',
          }),
      },
      `Right: ${Math.max(...confusion[w].filter((_, i) => i !== w))} of ${rowSum(confusion, w)} ` +
        `${answers.weakest}s are taken for a ${answers.takenFor}. Could you tell them apart, with 32×32 pixels?`,
    );
  },
  hints: [
    'Call your `f1` for every class, or look at the figure above: the third panel.',
    'In the row of the weakest class: which cell beside the diagonal is the largest? `classNames` has the columns in order.',
  ],
};

/** From the confusion matrix. */
export const reportExercises: readonly Exercise<Part1Session>[] = [recall, f1, weakest];
