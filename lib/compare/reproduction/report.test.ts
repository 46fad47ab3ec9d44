import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEffect } from './effect-test.js';
import { overSeeds } from './finding.js';
import { REPRODUCTION_ROWS } from './registry.js';
import { reproductionCsv, reproductionReport, shownNumber } from './report.js';
import type { RowResult } from './row-result.js';

const result: RowResult = {
  kind: 'reproductionResult',
  row: 'cnnsplitter-modules-rescnn-quarter',
  ...{ paper: 'cnnsplitter', title: 'A title', measured: 'On images.' },
  scale: 'lab',
  seeds: [1, 2, 3],
  settings: {},
  madeBy: { modulab: '0.1.0', backend: 'onednn' },
  inputs: {},
  findings: [
    {
      what: 'accuracy "lost"',
      unit: 'points',
      published: { value: 2.89, source: '[BOH]' },
      ours: overSeeds([1, 1.5, 2]),
      control: { name: 'by | lot', ...overSeeds([-3, -3, -3]) },
      test: testEffect({ mean: 1.5, low: -0.001, high: 2 }, 1.5, { kind: 'at most', limit: 2.89 }),
      why: 'Because.',
    },
  ],
  parts: [],
};
const results = new Map([[result.row, result]]);

test('the page has a line per finding, and what is not computed yet', () => {
  const page = reproductionReport('lab', REPRODUCTION_ROWS, results);
  assert.ok(
    page.includes(
      '| accuracy "lost", points | 2.89 [BOH] | 1.50 ± 0.50 | −3.00 ± 0.00 (by \\| lot) | at most 2.89: 1.50 (0.00 to 2.00) | **shown** | Because. |',
    ),
    page,
  );
  assert.ok(page.includes('| Modules of all classes together, ResCNN a quarter as wide | 1 | – | – | – |'));
  assert.match(page, /## Not computed yet\n\n(- .*\n)*- .*npm run reproduce -- simcnn-quarter-cifar10/);
  assert.doesNotMatch(page, /reproduce -- rescnn-cifar10/); // not offered at this scale
  assert.match(page, /## Not yet rows\n\n- /);
});

test('the CSV quotes names and leaves cells without a value empty', () => {
  const [header, line, end] = reproductionCsv(results.values()).split('\n');
  assert.equal(header.split(',').length, 17);
  assert.equal(
    line,
    '"cnnsplitter-modules-rescnn-quarter","lab","accuracy ""lost""","points",2.89,"[BOH]",1.5,0.5,3,"by | lot",-3,0,"at most 2.89",1.5,-0.001,2,"shown"',
  );
  assert.equal(end, '');
});

test('numbers have a true minus sign and no minus zero', () => {
  assert.deepEqual([shownNumber(-1.256, 'points'), shownNumber(-0.001, 'points'), shownNumber(7.04, '%')], ['−1.26', '0.00', '7.0']); // prettier-ignore
});
