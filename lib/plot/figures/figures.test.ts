import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../errors.js';
import { classReport } from '../../metrics/class-report.js';
import { CIFAR10_NAMES, exampleReport, HOSTILE_NAMES } from '../testing/example-results.fixture.js';
import {
  choice,
  cutModules,
  figuresOf,
  frontRows,
  images,
  map,
  maskEpochs,
  runFigures,
  sensitivity,
  simplified,
} from '../testing/figures.fixture.js';
import { assertSnapshot } from '../testing/snapshot.fixture.js';
import { beforeAfter } from './classes/before-after.js';
import { classGain } from './classes/class-gain.js';
import { classMetrics } from './classes/class-metrics.js';
import { confusion } from './classes/confusion.js';
import { imageGrid } from './data/image-grid.js';
import { kernelClassMap } from './diagnosis/kernel-class-map.js';
import { chooseBestModules } from './reuse/choose-best-modules.js';
import { compareArms } from './simplify/compare-arms.js';
import { simplify } from './simplify/simplify.js';
import { accuracyKernels } from './split/accuracy-kernels.js';
import { keptKernels } from './split/kept-kernels.js';
import { layerSensitivity } from './split/layer-sensitivity.js';
import { maskCurve } from './split/mask-curve.js';
import { searchComparison } from './split/search-comparison.js';
import { searchCurve } from './split/search-curve.js';
import { splitFront } from './split/split-front.js';
import { trainingCurve } from './training/training-curve.js';

test('figures are what they were', () => {
  const dark = { 'confusion-dark': confusion(exampleReport(CIFAR10_NAMES, 0.7, 1), { theme: 'dark' }) };
  for (const [name, figure] of Object.entries({
    ...figuresOf(CIFAR10_NAMES, 'light'),
    ...runFigures('light'),
    ...dark,
  })) {
    assertSnapshot(name, figure);
  }
});

test('a metric that is not defined is a gap with a note, not a zero', () => {
  const before = classReport([0, 1, 1], [1, 1, 1], ['a', 'b']);
  const figure = beforeAfter(before, classReport([0, 1, 1], [0, 1, 1], ['a', 'b']), { metrics: ['precision'] });
  const [bars, note] = figure.data as unknown as { y: (number | null)[]; text?: string[]; x: number[] }[];
  assert.deepEqual(bars.y, [null, 2 / 3]);
  assert.deepEqual(note.text, ['n/a']);
  assert.ok(note.x[0] > -0.5 && note.x[0] < 0);
  assert.match(JSON.stringify(figure.layout.title), /n\/a = 0\/0/);
});

test('the class with most to gain stands on top, losses below, undefined last', () => {
  const names = ['a', 'b', 'c', 'd'];
  const before = classReport([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0], names);
  const after = classReport([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2], names);
  const figure = classGain(before, after, { metric: 'recall' });
  const axis = figure.layout.yaxis as { ticktext: string[] };
  assert.deepEqual(axis.ticktext, ['a', 'c', 'b', 'd']);
  assert.deepEqual((figure.data[0] as { x: unknown }).x, [50, 50, -50, null]);
});

// What is drawn of them is looked at in kernel-config/notebooks/hostile-names.test.ts.
test('names from files are inert in every figure', () => {
  const byLayer = layerSensitivity(sensitivity(HOSTILE_NAMES));
  for (const figure of [...Object.values(figuresOf(HOSTILE_NAMES, 'light')), byLayer]) {
    const strings: string[] = [];
    JSON.stringify(figure.toJSON().data, (_, v: unknown) => (typeof v === 'string' && strings.push(v), v));
    JSON.stringify(figure.toJSON().layout, (_, v: unknown) => (typeof v === 'string' && strings.push(v), v));
    for (const text of strings) {
      const withoutOwnTags = text.replace(/<\/?(b|br|extra)>/g, '');
      assert.doesNotMatch(withoutOwnTags, /[<\u001b\u0007\u2028\u202e\n]/, text.slice(0, 200));
      assert.doesNotMatch(text, /\$/);
      assert.ok(text.startsWith('data:image') || text.length < 600, `${text.length} characters`);
    }
    assert.doesNotMatch(figure.altText, /[\u001b\n]/);
  }
});

test('names that repeat or look like numbers keep their own places', () => {
  const figure = classMetrics(exampleReport(['7', '7', '07', '1e3'], 0.5, 1), { metrics: ['recall'] });
  assert.deepEqual((figure.data[0] as { x: unknown }).x, [0, 1, 2, 3]);
});

test('the front: seeds taken together, what lies beyond the axis at its edge, and in the table in full', () => {
  const rows = frontRows(['a', 'b', 'c', 'far']);
  const figure = splitFront(rows, { mostLoss: 12 });
  const traces = figure.data as unknown as {
    name: string;
    xaxis: string;
    x: number[];
    y: number[];
    error_y?: { array: number[] };
  }[];
  const left = traces.filter(({ xaxis }) => xaxis === 'x');
  assert.deepEqual(
    left.map(({ name }) => name),
    ['a', 'b', 'c', 'c', 'far', 'far', 'paper'],
  );
  // 85.9 − (85.7 − 0.3 − 0.2 · seed) points at 70 %, three seeds
  assert.equal(left[0].x[0], 0.702);
  assert.equal(left[0].y[0], 0.9);
  assert.deepEqual(
    left[0].error_y?.array.map((bar) => Number(bar.toFixed(6))),
    [0.2, 0.2, 0.2, 0.2],
  );
  const { range } = (figure.layout as unknown as { yaxis: { range: [number, number] } }).yaxis;
  const far = rows
    .filter(({ way, keep }) => way === 'far' && keep === 0.35)
    .map((row) => 100 * (row.strongAccuracy - row.composedAccuracy));
  const mean = far.reduce((a, b) => a + b, 0) / 3;
  assert.ok(mean > 12 && range[1] === 12);
  assert.ok(left[5].y.every((y) => y > 11 && y < 12) && left[5].x.includes(0.352));
  const table = figure.toTable();
  assert.equal(table.rows.length, 16);
  const cell = table.rows[15][table.columns.indexOf('lost (points)')] as number;
  assert.ok(Math.abs(cell - mean) < 0.01, `${cell} ${mean}`);
  assert.deepEqual(left[6].y, [2.89]);
});

test('what each module keeps of a layer is counted over its own kernels', () => {
  const selection = { wide: Uint8Array.of(1, 0, 0, 0), narrow: Uint8Array.of(1, 1) };
  const figure = keptKernels({ cat: { selection }, dog: { selection: { ...selection, narrow: Uint8Array.of(0, 1) } } });
  assert.deepEqual((figure.data[0] as unknown as { z: number[][] }).z, [[25, 25], [100, 50]]); // prettier-ignore
  assert.match(figure.altText, /On average 41\.7 %; most in narrow \(75\.0 %\), least in wide \(25\.0 %\)/);
});

test('bad options are refused with what was expected', () => {
  const report = exampleReport(['a', 'b'], 0.5, 1);
  const other = exampleReport(['a', 'c'], 0.5, 1);
  assert.throws(() => beforeAfter(report, other), OptionError);
  assert.throws(() => beforeAfter(report, report, { targetClass: 'z' }), /one of a, b; got 'z'/);
  assert.throws(() => beforeAfter(report, report, { metrics: [] }), OptionError);
  assert.throws(() => confusion(report, { theme: 'blue' as never }), /'light' or 'dark'.*'blue'/);
  assert.throws(() => trainingCurve([]), OptionError);
  assert.throws(() => searchCurve([]), OptionError);
  assert.throws(() => maskCurve([]), OptionError);
  assert.throws(() => maskCurve(maskEpochs, { epoch: 10 }), /from 1 to 9, got 10/);
  assert.throws(() => chooseBestModules(choice(['a', 'b']), { modelNames: ['x'] }), /expected 3, one per model, got 1/);
  assert.throws(() => accuracyKernels([]), /1 to 4 runs/);
  assert.throws(() => accuracyKernels([{ name: 'a', history: maskEpochs, epoch: 12 }]), /'a' has no epoch 12/);
  assert.throws(() => searchComparison({}), OptionError);
  assert.throws(() => simplify({ ...simplified, stages: [] }), OptionError);
  assert.throws(() => compareArms([]), /rows of the arm 'progressive', got no row/);
  assert.throws(() => layerSensitivity(sensitivity([])), OptionError);
  assert.throws(() => splitFront([]), /1 to 6 ways, got 0/);
  assert.throws(() => keptKernels({}), /at least one module/);
  const [one, alien] = [cutModules(['a']).a, { selection: { conv0: new Uint8Array(3) } }];
  assert.throws(
    () => keptKernels({ one, other: alien }),
    /'other' has other layers than that of 'one' \(see 'conv0'\)/,
  );
  assert.throws(() => kernelClassMap({ ...map(['a'], 3), kernels: 4 }), /1 rows of 4 values/);
  assert.throws(() => imageGrid(images(['a', 'b']), { predictions: [0] }), OptionError);
});
