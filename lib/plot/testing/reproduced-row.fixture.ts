import { testEffect } from '../../compare/reproduction/effect-test.js';
import { overSeeds } from '../../compare/reproduction/finding.js';
import type { ReproducedRow } from '../../compare/reproduction/reproduced-row.js';

/** A table with every kind of finding: with and without a paper's value, a control, a test, and one that is a ratio. */
export const exampleRow: ReproducedRow = {
  ...{ kind: 'reproducedRow', row: 'example', paper: 'cnnsplitter', paperTitle: 'A paper', title: 'A table' },
  ...{ measured: 'On test images.', scale: 'lab', seeds: [1, 2, 3], madeBy: { modulab: '0.1.0', backend: 'onednn' } },
  findings: [
    {
      ...{ what: 'accuracy lost by the modules together, half of the kernels', unit: 'points' },
      ...{ published: { value: 2.89, source: '[BOH]' }, ours: overSeeds([1, 1.5, 2]), why: 'Because.' },
      control: { name: 'by lot', ...overSeeds([30, 31, 32]) },
      test: testEffect({ mean: 1.5, low: 0.2, high: 2.8 }, 1.5, { kind: 'at most', limit: 2.89 }),
    },
    {
      ...{
        what: 'accuracy above kernels drawn by lot',
        unit: 'points',
        published: null,
        control: null,
        why: 'Because.',
      },
      ours: overSeeds([28, 29, 30]),
      test: testEffect({ mean: 29, low: 25, high: 33 }, 29, { kind: 'above 0', relevant: 1 }),
    },
    {
      ...{ what: 'kernels kept', unit: '%', published: null, ours: overSeeds([50]), control: null, test: null },
      why: 'Asked for.',
    },
    {
      ...{ what: 'difference', unit: 'ratio', published: { value: 0.5, source: '[CS]' }, ours: overSeeds([0.4]) },
      ...{ control: null, test: null, why: 'Because.' },
    },
  ],
};
