import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { reliability } from '../metrics/reliability.js';
import { classMetrics } from './figures/classes/class-metrics.js';
import { keptKernels } from './figures/split/kept-kernels.js';
import { searchCurve } from './figures/split/search-curve.js';
import { trainingCurve } from './figures/training/training-curve.js';
import { of, type ShownResult, tableOf } from './of.js';
import { check } from './testing/diagnose-figures.fixture.js';
import { exampleReport } from './testing/example-results.fixture.js';
import {
  armRows,
  choice,
  cutModules,
  epochs,
  frontRows,
  generations,
  maskEpochs,
  sensitivity,
} from './testing/figures.fixture.js';
import { rowsOf } from './testing/patch-figures.fixture.js';
import { across, replaced, replacedAcross, within } from './testing/reuse-figures.fixture.js';
import { exampleTreatment } from './testing/treatment.fixture.js';

const names = ['cat', 'dog'];
const report = exampleReport(names, 0.5, 1);

const RESULTS: readonly ShownResult[] = [
  report,
  check(names),
  reliability([{ label: 0, predicted: 0, confidence: 0.9 }]),
  { kind: 'fitResult', history: epochs, epoch: 3 },
  sensitivity(names),
  choice(names),
  exampleTreatment(names),
  replaced,
  epochs,
  generations,
  maskEpochs,
  frontRows(['by gradient']),
  rowsOf('cifar'),
  armRows,
  within,
  across,
  replacedAcross,
];

test('every kind of result has a figure, and a table with rows', () => {
  const kinds = RESULTS.map((result) => {
    assert.ok(of(result).data.length > 0);
    assert.ok(tableOf(result).rows.length > 0);
    return (Array.isArray(result) ? (result as { kind: string }[])[0] : (result as { kind: string })).kind;
  });
  assert.equal(new Set(kinds).size, RESULTS.length);
});

test('plot.of is the figure of the kind, with its options', () => {
  assert.deepEqual(of(report, { title: 'mine' }), classMetrics(report, { title: 'mine' }));
  assert.deepEqual(of({ kind: 'fitResult', history: epochs, epoch: 3 }), trainingCurve(epochs));
  const modules = cutModules(names);
  const split = { kind: 'cnnSplitResult', modules, history: generations } as never;
  assert.deepEqual(of(split), searchCurve(generations));
  assert.deepEqual(of({ kind: 'cnnSplitResult', modules, history: [] } as never), keptKernels(modules));
});

test('results survive JSON', () => {
  const saved = JSON.parse(JSON.stringify(report)) as typeof report;
  assert.deepEqual(tableOf(saved), tableOf(report));
});

test('what has no kind, an unknown one or several is refused, and the known ones are named', () => {
  const saved = { ...report, kind: undefined };
  const refused = (result: unknown, said: RegExp) => {
    for (const show of [of, tableOf])
      assert.throws(
        () => show(result as ShownResult),
        (error: Error) => error instanceof OptionError && said.test(error.message),
      );
  };
  refused(
    saved,
    /one of classReport, diagnosis.*; got an object with kind, classNames.*saved have no kind: run the call again/,
  );
  refused({ kind: 'epochRecord' }, /got 'epochRecord'/);
  refused({ kind: 'toString' }, /got 'toString'/);
  refused([], /rows of one kind, one of epochRecord.*got an empty list/);
  refused([...epochs, ...generations], /got 'epochRecord' and 'generationRecord'/);
  refused([epochs[0], {}], /got 'epochRecord' and none/);
  refused(null, /got null/);
  refused({}, /got an object with nothing in it/);
  refused({ kind: '<img>' }, /got '<img>'/);
});

test('a kind with a table only says so', () => {
  const overhead = {
    kind: 'patchOverhead',
    targetClass: 'cat',
    moduleMacs: 3e6,
    strongMacs: 12e6,
    ratio: 0.25,
  } as const;
  assert.throws(() => of([overhead]), /patchOverhead has no figure; tableOf/);
  assert.ok(tableOf([overhead]).rows.length > 1);
});
