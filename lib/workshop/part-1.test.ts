import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { CausalCheck } from '../diagnose/causal-check.js';
import { diagnose, type Diagnosis } from '../diagnose/diagnose.js';
import { capturedLines } from './captured-lines.fixture.js';
import { part1 } from './part-1.js';
import { loadWorkshop, type WorkshopData } from './workshop-data.js';

let given: WorkshopData;
let diagnosis: Diagnosis;
before(async () => {
  await openBackend({ quiet: true });
  given = await loadWorkshop({ preset: 'smoke' });
  diagnosis = await diagnose(given.strong, given.validation, { seed: 1 });
});

/** What the check says to each answer, as if it were the first. */
const verdicts = async (id: string, answers: readonly unknown[], more = {}) =>
  capturedLines(async () => {
    for (const answer of answers) await part1(given, diagnosis).check(id, answer, more);
  });

test('the sets share no image, and the networks are what the text says of them', () => {
  const { train, search, validation, test: testSet } = given;
  const seen = new Set<string>();
  for (const set of [train, search, validation, testSet]) {
    for (let i = 0; i < set.labels.length; i++) {
      seen.add(Buffer.from(set.pixels.subarray(i * 3072, (i + 1) * 3072)).toString('base64'));
    }
  }
  assert.equal(
    seen.size,
    [train, search, validation, testSet].reduce((sum, set) => sum + set.labels.length, 0),
  );
  assert.ok(diagnosis.report.accuracy > 0.8);
});

test('1.1 knows recall from precision, percent and counts', async () => {
  const c = given.classNames.indexOf('circle');
  const matrix = diagnosis.report.confusion;
  const row = matrix[c].reduce((a, b) => a + b, 0);
  const column = matrix.reduce((sum, line) => sum + line[c], 0);
  const hits = matrix[c][c];
  assert.notEqual(row, column);
  const lines = await verdicts('1.1', [hits / row, hits / column, (100 * hits) / row, hits, 0.123]);
  for (const [i, expected] of [/^✓/, /precision/, /percent/, /number of images/, /Hint: /].entries()) {
    assert.match(lines[i], expected);
  }
});

test('1.2 and 1.3 know plain means and columns', async () => {
  type Matrix = Diagnosis['report']['confusion'];
  const row = (m: Matrix, c: number) => m[c].reduce((a, b) => a + b, 0);
  const column = (m: Matrix, c: number) => m.reduce((sum, line) => sum + line[c], 0);
  const lines = await verdicts('1.2', [
    (m: Matrix, c: number) => (2 * m[c][c]) / (row(m, c) + column(m, c)),
    (m: Matrix, c: number) => (m[c][c] / row(m, c) + m[c][c] / column(m, c)) / 2,
    () => null,
  ]);
  for (const [i, expected] of [/^✓/, /plain mean/, /^…/].entries()) assert.match(lines[i], expected);

  const { weakest, takenFor } = part1(given, diagnosis).answers;
  const pairs = await verdicts('1.3', [
    { weakest, takenFor },
    { weakest, takenFor: weakest },
    { weakest, takenFor: null },
  ]);
  for (const [i, expected] of [/^✓/, /diagonal/, /missing.*takenFor/].entries()) assert.match(pairs[i], expected);
});

test('1.4 knows the smallest, another class’s and numbers from 1', async () => {
  const { answers } = part1(given, diagnosis);
  const rows = diagnosis.relevance[0].values;
  const sorted = (c: number) => Array.from(rows[c].keys()).sort((a, b) => rows[c][b] - rows[c][a]);
  const w = given.classNames.indexOf(answers.weakest);
  const star = given.classNames.indexOf('star');
  const lines = await verdicts('1.4', [
    [...answers.topFive].reverse(),
    sorted(w).slice(-5),
    sorted(star).slice(0, 5),
    sorted(w).slice(0, 4),
    Array.from(rows[w].slice(0, 5)),
  ]);
  for (const [i, expected] of [/^✓/, /smallest/, /'star'/, /five kernels, got 4/, /values/].entries()) {
    assert.match(lines[i], expected);
  }
});

test('1.5 wants points; 1.6 wants the difference to chance, and the cell before it', async () => {
  const predictions = await verdicts('1.5', [
    { own: 30, others: -2 },
    { own: 0.3, others: 0 },
  ]);
  assert.match(predictions[0], /^✓/);
  assert.match(predictions[1], /points/);

  const accuracy = (own: number) => ({ own, others: 0.9 });
  const random = [accuracy(0.7), accuracy(0.9)];
  const row = { className: 'square', images: 9, kernels: 4, before: accuracy(1), relevant: accuracy(0.25), random };
  const all: CausalCheck = {
    kind: 'causalCheck',
    ...{ layer: 'conv6', kernels: 32, seed: 1, draws: 2, rows: [row], stronger: 1 },
    meanDrop: { relevant: 0.4, random: 0.3 },
  };
  const lines = await verdicts('1.6', [55, 75, 0.55, -55, 45, 10], { all });
  for (const [i, expected] of [/^✓/, /any kernels/, /points/, /sign/, /first draw/, /all classes/].entries()) {
    assert.match(lines[i], expected);
  }
  assert.match((await verdicts('1.6', [55]))[0], /Run the cell above/);
});

test('1.7 knows other ways to divide', async () => {
  const { answers } = part1(given, diagnosis);
  const [a, b] = [answers.weakest, answers.takenFor].map(
    (name) => diagnosis.relevance[0].mask[given.classNames.indexOf(name)],
  );
  const both = a.filter((bit, k) => bit === 1 && b[k] === 1).length;
  const either = a.filter((bit, k) => bit === 1 || b[k] === 1).length;
  const lines = await verdicts('1.7', [both / either, both, both / a.length, (100 * both) / either]);
  for (const [i, expected] of [/^✓/, /how many kernels they share/, /all kernels/, /percent/].entries()) {
    assert.match(lines[i], expected);
  }
});
