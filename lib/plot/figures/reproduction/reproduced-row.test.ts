import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEffect } from '../../../compare/reproduction/effect-test.js';
import { type Finding, overSeeds } from '../../../compare/reproduction/finding.js';
import { OptionError } from '../../../errors.js';
import { reproducedRow } from './reproduced-row.js';

const finding = (more: Partial<Finding>): Finding => ({
  ...{ what: 'accuracy lost', unit: 'points', published: { value: 2.89, source: '[BOH]' }, ours: overSeeds([1, 2, 3]) },
  ...{ control: null, test: testEffect({ mean: 2, low: 1.5, high: 3 }, 2, { kind: 'at most', limit: 2.89 }), why: '' },
  ...more,
});
const result = { title: 'A row', scale: 'lab', seeds: [1, 2, 3] } as const;

test('ours has its interval, the paper a mark of its own, and names are no markup', async () => {
  const findings = [
    finding({ what: 'a < b <b>' }),
    finding({ control: { name: 'by lot', ...overSeeds([5]) }, test: null }),
    finding({ unit: 'ratio' }),
  ];
  const figure = reproducedRow({ ...result, findings });
  assert.deepEqual(
    figure.data.map(({ name }) => name),
    ['ours, 95 % interval', 'control', 'the paper'],
  );
  const bars = (figure.data[0] as unknown as { error_x: { array: number[]; arrayminus: number[] } }).error_x;
  assert.deepEqual([bars.array, bars.arrayminus], [[1, 0], [0.5, 0]]); // prettier-ignore
  assert.deepEqual((figure.data[1] as { x: unknown }).x, [null, 5]);
  assert.equal(figure.published?.length, 3); // the ratio too: it is in the table
  assert.equal(figure.toTable().toCSV().split('\n').length, 5);
  const svg = await figure.toSVG();
  assert.match(svg, /a &#60; b/);
  assert.match(svg, /too small to tell/);
  assert.throws(() => reproducedRow({ ...result, findings: [finding({ unit: 'ratio' })] }), OptionError);
});
