import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../../errors.js';
import { PUBLISHED_CIFAR10_TREATMENTS } from '../../../treat/published-table.js';
import { summariseTreatment } from '../../../treat/treat-result.js';
import { publishedTreatmentTable, treatmentClassTable, treatmentTable } from '../../tables/treatment-tables.js';
import { CIFAR10_NAMES } from '../../testing/example-results.fixture.js';
import { exampleTreatment } from '../../testing/treatment.fixture.js';
import { treat } from './treat.js';

const result = exampleTreatment(CIFAR10_NAMES);

test('the published changes have the means that the specification gives for them', () => {
  const meanOf = (what: 'channel' | 'space') =>
    PUBLISHED_CIFAR10_TREATMENTS.reduce((sum, row) => sum + row[what], 0) / PUBLISHED_CIFAR10_TREATMENTS.length;
  assert.equal(PUBLISHED_CIFAR10_TREATMENTS.length, 16);
  assert.equal(meanOf('channel').toFixed(2), '0.68');
  assert.equal(meanOf('space').toFixed(2), '-2.77');
});

test('tables hold base, controls and treatments, with the difference to the control', () => {
  const table = treatmentTable(result);
  assert.deepEqual(
    table.rows.map(([name]) => name),
    ['base', 'control (α = β = 0)', 'noise only (α = β = 0)', '+ channel', '+ space', '+ all'],
  );
  const channel = summariseTreatment(result).find(({ arm }) => arm === 'channel')!;
  const { mean, std } = channel.toControl!;
  assert.equal(table.rows[3][4], `+${(100 * mean).toFixed(2)} ± ${(100 * std!).toFixed(2)}`);
  assert.equal(table.rows[1][4], null);
  assert.equal(treatmentClassTable(result).rows.length, 10);
  const published = publishedTreatmentTable(result, 'here', ['ResNet-50']);
  assert.deepEqual(published.rows[0].slice(1), ['94.85', 'none', '+0.54', 'none', '−3.44', 'none']);
  assert.equal(published.rows[1][0], 'here');
  const alone = { ...result, runs: result.runs.filter(({ arm }) => arm === 'control' || arm === 'channel'), base: { ...result.base, evidence: { channel: 1, space: null } } }; // prettier-ignore
  assert.ok(!treatmentTable(alone).columns.some((column) => /noise|space/.test(column)));
});

test('the figure shows every arm but the control, over all and per class, with deviations', () => {
  const figure = treat(result);
  assert.equal(figure.data.length, 4);
  const [, channel] = figure.data as unknown as { name: string; y: number[]; error_y: { array: number[] } }[];
  assert.equal(channel.name, '+ channel');
  assert.equal(channel.y.length, 11);
  assert.equal(channel.error_y.array.length, 11);
  const one = { ...result, seeds: [1], runs: result.runs.filter(({ seed }) => seed === 1) };
  assert.ok(!JSON.stringify(treat(one).data).includes('error_y'));
  assert.throws(() => treat({ ...result, runs: result.runs.slice(0, 3) }), OptionError);
});
