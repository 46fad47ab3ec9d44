import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { composeModules } from '../compose/composed-model.js';
import { nonTargetAccuracy } from '../metrics/summaries.js';
import { patch } from '../patch/patch.js';
import { split } from '../split/split.js';
import { keptRatio } from '../surgery/trace/kernel-selection.js';
import { evaluate, predictScores } from '../training/evaluate.js';
import { capturedLines } from './captured-lines.fixture.js';
import { f1Of } from './class-scores.js';
import { part2 } from './part-2.js';
import { type Part2Findings } from './part-2-session.js';
import { loadWorkshop, type WorkshopData } from './workshop-data.js';

let given: WorkshopData;
let findings: Part2Findings;
before(async () => {
  await openBackend({ quiet: true });
  given = await loadWorkshop({ preset: 'smoke' });
  const { modules } = await split(given.strong, given.search, {
    preset: 'smoke',
    generations: 1,
    imagesPerClass: 4,
    keep: 0.6, // what is kept and what is thrown away must be told apart
    seed: 1,
  });
  const composed = composeModules(modules);
  findings = {
    modules,
    scores: await predictScores(composed, given.validation),
    composedReport: await evaluate(composed, given.validation),
    weakReport: await evaluate(given.weak, given.validation),
  };
  composed.dispose();
});

const verdicts = async (id: string, answers: readonly unknown[], more = {}) =>
  capturedLines(async () => {
    for (const answer of answers) await part2(given, findings).check(id, answer, more);
  });

test('2.1 and 2.2 know counts, means over layers and impossible guesses', async () => {
  const { selection } = findings.modules['square'];
  const perLayer = Object.values(selection).map((bits) => bits.reduce((a, b) => a + b, 0) / bits.length);
  const mean = perLayer.reduce((a, b) => a + b, 0) / perLayer.length;
  const kept = keptRatio(selection);
  const lines = await verdicts('2.1', [kept, 100 * kept, 1 - kept, mean]);
  for (const [i, expected] of [/^✓/, /percent/, /thrown away/, /mean over layers/].entries())
    assert.match(lines[i], expected);
  const guesses = await verdicts('2.2', [kept ** 2, 70, 0.01]);
  for (const [i, expected] of [/^✓.*Measured/, /fraction/, /too low/i].entries()) assert.match(guesses[i], expected);
});

test('2.3 and 2.4 accept the best and know the worst', async () => {
  const lines = await verdicts('2.3', [['ring', 'ring'], ['ring', 'rong'], 'ring']);
  for (const [i, expected] of [/itself/, /no class.*rong/, /two names/].entries()) assert.match(lines[i], expected);
  const names = await verdicts('2.4', given.classNames);
  assert.ok(names.filter((line) => line.startsWith('✓')).length >= 1);
  assert.match(names[given.classNames.indexOf('ring')], /own class/);
});

test('2.5 wants the largest lead, on validation images', async () => {
  const { answers } = part2(given, findings);
  const behind = [...given.classNames].sort(
    (a, b) =>
      (f1Of(findings.composedReport, a) ?? 0) -
      (f1Of(findings.weakReport, a) ?? 0) -
      (f1Of(findings.composedReport, b) ?? 0) +
      (f1Of(findings.weakReport, b) ?? 0),
  );
  const lines = await verdicts('2.5', [answers.target, behind[0], 'cat']);
  for (const [i, expected] of [/^✓/, /behind/, /no 'cat'/].entries()) assert.match(lines[i], expected);
});

test('2.6 wants changes on test images, in points', async () => {
  const { target } = part2(given, findings).answers;
  const patched = await patch(given.weak, findings.modules[target], {
    classNames: given.classNames,
    calibrationImages: given.search,
  });
  try {
    const change = async (images: WorkshopData['test']) => {
      const [was, is] = [await evaluate(given.weak, images), await evaluate(patched, images)];
      return {
        f1: 100 * ((f1Of(is, target) ?? 0) - (f1Of(was, target) ?? 0)),
        others: 100 * ((nonTargetAccuracy(is, target) ?? 0) - (nonTargetAccuracy(was, target) ?? 0)),
      };
    };
    const right = await change(given.test);
    const chosenBy = await change(given.validation);
    assert.ok(Math.abs(right.f1 - chosenBy.f1) > 0.2);
    const lines = await verdicts(
      '2.6',
      [right, chosenBy, { ...right, f1: right.f1 / 100 }, { ...right, f1: -right.f1 }],
      { patched },
    );
    for (const [i, expected] of [/^✓/, /validation images/, /fraction/, /sign/].entries())
      assert.match(lines[i], expected);
    assert.match((await verdicts('2.6', [right]))[0], /Run the cell/);
  } finally {
    patched.dispose();
  }
});
