import type { ImageSet } from '../datasets/dataset.js';
import { nonTargetAccuracy } from '../metrics/summaries.js';
import { CALIBRATIONS } from '../patch/calibration.js';
import type { PatchedModel } from '../patch/patch.js';
import { evaluate } from '../training/evaluate.js';
import { bestNames, f1Of } from './class-scores.js';
import { f1Advantage } from './f1-advantage.js';
import { judgeChoice } from './judges/judge-choice.js';
import { judgeFields } from './judges/judge-fields.js';
import { judgeNumber } from './judges/judge-number.js';
import { type Exercise, wrong } from './judges/verdict.js';
import type { Part2Session } from './part-2-session.js';

const target: Exercise<Part2Session> = {
  id: '2.5',
  async judge(answer, session) {
    const { classNames, weak, test } = session.data;
    const onTest = await evaluate(weak, test);
    const pick = (score: (name: string) => number | null, tie = 0) => bestNames(classNames, score, tie);
    const accepted = pick((name) => f1Advantage(session, name), 0.01);
    return judgeChoice(answer, {
      accepted,
      known: classNames,
      slips: [
        [
          pick((name) => -f1Advantage(session, name))[0],
          'There the modules are furthest _behind_: the difference is turned around.',
        ],
        [
          pick((name) => -(f1Of(session.weakReport, name) ?? 0))[0],
          'The weak network is weakest there, but its module is no great help. Take the difference.',
        ],
        [
          pick((name) => f1Of(session.composedReport, name))[0],
          'The modules are best there, but how good is the weak network already? Take the difference.',
        ],
        [
          pick((name) => (f1Of(session.composedReport, name) ?? 0) - (f1Of(onTest, name) ?? 0))[0],
          'That is the choice by the test images. They are for reporting: choose by `weakReport` and `composedReport`.',
        ],
      ],
      praise: `Right: ${(100 * f1Advantage(session, accepted[0])).toFixed(0)} points of F1 lie between them, on validation images.`,
    });
  },
  hints: [
    'For every class: F1 of the modules side by side minus F1 of the weak network. `perClass[c].f1`, in both reports.',
    'F1 can be null, where a class is never predicted; read that as 0: `(row.f1 ?? 0)`.',
  ],
};

const gains: Exercise<Part2Session> = {
  id: '2.6',
  async judge(answer, { data, patched, answers }) {
    if (!patched) return wrong('Run the cell with `patch` above this exercise first.');
    const [onTest, onValidation] = [
      await change(data.weak, patched, data.test, answers.target),
      await change(data.weak, patched, data.validation, answers.target),
    ];
    const field = (what: 'f1' | 'others') => (value: unknown) =>
      judgeNumber(value, {
        value: 100 * onTest[what],
        tolerance: 0.1,
        unit: 'points',
        slips: [
          [
            100 * onValidation[what],
            'that was measured on validation images, by which the class was chosen. Report on `test`.',
          ],
          [
            100 * onTest.accuracy,
            'that is the change over all classes; wanted are the other nine: `nonTargetAccuracy`.',
          ],
        ],
        praise: '',
      });
    return judgeFields(
      answer,
      { f1: field('f1'), others: field('others') },
      `Right: F1 of ${answers.target} ${signed(onTest.f1)} points, the other classes ${signed(onTest.others)}, all images ${signed(onTest.accuracy)}.`,
    );
  },
  hints: [
    'Two reports on the test images: `await evaluate(weak, test)` and `await evaluate(patched, test)`.',
    'F1: `after.perClass[t].f1 - before.perClass[t].f1`, times 100, with t the place of the class in `classNames`.',
    'The others: `nonTargetAccuracy(after, target) - nonTargetAccuracy(before, target)`, times 100.',
  ],
};

const signed = (ratio: number) => `${ratio >= 0 ? '+' : '−'}${Math.abs(100 * ratio).toFixed(1)}`;

async function change(
  weak: Part2Session['data']['weak'],
  patched: PatchedModel,
  images: ImageSet,
  name: string,
): Promise<Record<'f1' | 'others' | 'accuracy', number>> {
  const [before, after] = [await evaluate(weak, images), await evaluate(patched, images)];
  return {
    f1: (f1Of(after, name) ?? 0) - (f1Of(before, name) ?? 0),
    others: (nonTargetAccuracy(after, name) ?? 0) - (nonTargetAccuracy(before, name) ?? 0),
    accuracy: after.accuracy - before.accuracy,
  };
}

const rule: Exercise<Part2Session> = {
  id: '2.7',
  async judge(answer, session) {
    const results = await session.rules();
    const best = (by: 'validation' | 'test', sign = 1) =>
      bestNames(CALIBRATIONS, (_, i) => sign * results[i][by], 1e-6);
    const accepted = best('validation');
    const chosen =
      results.find((one) => one.rule === (answer as { rule?: unknown }).rule) ??
      results.find((one) => one.rule === accepted[0])!;
    const highest = Math.max(...results.map(({ test }) => test));
    return judgeFields(
      answer,
      {
        rule: (value) =>
          judgeChoice(value, {
            accepted,
            known: CALIBRATIONS,
            slips: [
              [best('validation', -1)[0], 'it has the lowest accuracy of all.'],
              [best('test')[0], 'it is the best on _test_ images. Choosing by them makes the report too good.'],
            ],
            praise: '',
          }),
        accuracy: (value) =>
          judgeNumber(value, {
            value: chosen.test,
            tolerance: 0.001,
            unit: 'fraction',
            slips: [
              [chosen.validation, 'that is what it was chosen by, on validation images. Report on `test`.'],
              [highest, 'that is the highest of all rules on test images, not that of the chosen one.'],
            ],
            praise: '',
          }),
      },
      `Right: chosen on 'validation', reported on 'test'. The best of all rules there has ${(100 * highest).toFixed(1)} %.`,
    );
  },
  hints: [
    '`for (const calibration of CALIBRATIONS)`: patch with it (calibrationImages: `search`), evaluate on `validation`, keep the accuracy.',
    'Take the rule with the highest accuracy, and only then evaluate its patched network on `test`.',
  ],
};

/** About patching the weak network. */
export const patchExercises: readonly Exercise<Part2Session>[] = [target, gains, rule];
