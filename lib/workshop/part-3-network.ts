import type { ClassReport } from '../metrics/class-report.js';
import { classReport } from '../metrics/class-report.js';
import { cohensKappa } from '../metrics/summaries.js';
import type { RelevanceCriterion } from '../simplify/criterion.js';
import { simplify, type SimplifyResult } from '../simplify/simplify.js';
import { evaluate } from '../training/evaluate.js';
import { accuracyOf } from './class-scores.js';
import { judgeChoice } from './judges/judge-choice.js';
import { judgeFields } from './judges/judge-fields.js';
import { judgeFunction } from './judges/judge-function.js';
import { judgeNumber } from './judges/judge-number.js';
import { type Exercise, quoted, right, wrong } from './judges/verdict.js';
import { LAYERS } from './layers.js';
import type { Part3Session } from './part-3-session.js';

const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;

const ownRun: Exercise<Part3Session> = {
  id: '3.4',
  async judge(answer, { data }) {
    const result = answer as Partial<SimplifyResult>;
    if (!Array.isArray(result.stages) || !result.model)
      return wrong(`Expected what \`simplify\` gives back, got ${quoted(answer)}.`);
    const { stages, settings, model } = result as SimplifyResult;
    const done = stages.map(({ layer }) => layer);
    if (LAYERS.some((name) => !done.includes(name)) || done.length !== LAYERS.length) {
      return wrong(
        `Expected the layers ${LAYERS.join(', ')} to be simplified, got ${done.join(', ')}: pass \`layers\`.`,
      );
    }
    const off = stages.find(({ kept, units }) => kept.length !== Math.ceil(units / 2));
    if (off)
      return wrong(
        `${off.layer} kept ${off.kept.length} of ${off.units} kernels. Wanted is half of every layer: \`stop: { kind: 'ratio', keep: 0.5 }\`.`,
      );
    if (stages.some(({ retrainings }) => retrainings === 0))
      return wrong('Nothing was retrained after a layer: leave `retrain` as it is above.');
    const report = await evaluate(model, data.test);
    return right(
      `Done: with '${String(settings['criterion'])}' ${percent(report.accuracy)} of the test images. Compare with your neighbours.`,
    );
  },
  hints: [
    '`await simplify(strong, images, { criterion: …, stop: …, layers, retrain, seed, onProgress })`',
    "The rule for half of every layer: `stop: { kind: 'ratio', keep: 0.5 }`. Criteria: `Object.keys(CRITERIA)`.",
  ],
};

const measured: Exercise<Part3Session> = {
  id: '3.5',
  judge(answer, { half }) {
    if (!half) return wrong('Run the cell above this exercise first: it makes the network `half`.');
    const value = half.after.macs / half.before.macs;
    const { speedUp } = answer as { speedUp?: number };
    return judgeFields(
      answer,
      {
        macsKept: (given) =>
          judgeNumber(given, {
            value,
            unit: 'fraction',
            slips: [
              [half.after.macs, 'these are multiply-adds; as a share of those before?'],
              [half.after.parameters / half.before.parameters, 'that is the share of the parameters.'],
            ],
            praise: '',
          }),
        speedUp: (given) => {
          if (typeof given !== 'number' || !(given > 0 && given < Infinity))
            return wrong(`expected a number above 0, got ${quoted(given)}.`);
          return given > 50
            ? wrong('more than fifty times as fast? Images per second of `half` over those of `strong`.')
            : right('');
        },
      },
      `Noted: ${percent(value)} of the multiply-adds, ${speedUp?.toFixed(2)} times the images per second. Multiply-adds are the same everywhere, speed is your machine’s; fewer of the one is not always as much of the other.`,
    );
  },
  hints: [
    'Multiply-adds before and after stand in `half.before.macs` and `half.after.macs`.',
    '`await imagesPerSecond(half.model)` divided by `await imagesPerSecond(strong)`. Measure twice: does it repeat?',
  ],
};

/** A rare second class that the guesser never names: high accuracy, κ 0. */
const LAZY = [
  [90, 0],
  [10, 0],
];
const UNEVEN = [
  [40, 10],
  [5, 45],
];

const kappa: Exercise<Part3Session> = {
  id: '3.6',
  async judge(answer, { data }) {
    const report = await evaluate(data.strong, data.validation);
    const cases = [
      { matrix: UNEVEN, about: 'for a made-up matrix of two classes' },
      { matrix: report.confusion, about: 'for the strong network' },
      { matrix: LAZY, about: 'for a guesser who always says the same' },
    ];
    return judgeFunction(
      answer,
      cases.map(({ matrix, about }) => {
        const observed = accuracyOf(matrix);
        const value = cohensKappa(reportOf(matrix));
        const chance = value === 1 ? 0 : (observed - value) / (1 - value);
        return {
          args: [matrix],
          about,
          judge: (result) =>
            judgeNumber(result, {
              value,
              unit: 'number',
              tolerance: 0.001,
              slips: [
                [
                  observed,
                  'this is the accuracy. What would a guesser reach who only knows how frequent each class is?',
                ],
                [chance, 'this is the chance agreement p_e. κ says how far above it the classifier is.'],
                [observed - chance, 'this is p_o − p_e; it still has to be divided by what could be reached, 1 − p_e.'],
              ],
              praise: 'Right. κ is 0 for the guesser who is right in 90 % of the cases by always saying the same.',
            }),
        };
      }),
    );
  },
  hints: [
    'κ = (p_o − p_e) / (1 − p_e). p_o is the accuracy: the diagonal over all images.',
    'p_e: for every class, (share of images that are of it) · (share of images that are taken for it); add these up.',
    'Row sum times column sum, over the square of all images, summed over the classes.',
  ],
};

function reportOf(matrix: readonly (readonly number[])[]): ClassReport {
  const labels: number[] = [];
  const predictions: number[] = [];
  matrix.forEach((row, actual) =>
    row.forEach((images, predicted) => {
      for (let i = 0; i < images; i++) {
        labels.push(actual);
        predictions.push(predicted);
      }
    }),
  );
  return classReport(
    labels,
    predictions,
    matrix.map((_, c) => `class ${c}`),
  );
}

const RULES = ['half', 'careful'] as const;

const compared: Exercise<Part3Session> = {
  id: '3.7',
  async judge(answer, { data, half, careful }) {
    if (!half || !careful) return wrong('Run the cell above this exercise first: it makes the network `careful`.');
    const macs = RULES.map((rule) => ({ half, careful })[rule].after.macs);
    const onTest = [
      (await evaluate(half.model, data.test)).accuracy,
      (await evaluate(careful.model, data.test)).accuracy,
    ];
    const best = (values: readonly number[]) => RULES.filter((_, i) => values[i] >= Math.max(...values) - 1e-9);
    const fewer = best(macs.map((value) => -value));
    return judgeFields(
      answer,
      {
        fewerMacs: (value) => judgeChoice(value, { accepted: fewer, known: RULES, praise: '' }),
        moreAccurate: (value) =>
          judgeChoice(value, {
            accepted: best(onTest),
            known: RULES,
            slips: [
              [
                best([half.after.accuracy, careful.after.accuracy])[0],
                'by validation images, which `careful` was tuned on. Measure both on `test`.',
              ],
            ],
            praise: '',
          }),
      },
      `Right: ${RULES.map((rule, i) => `'${rule}' has ${(macs[i] / 1e6).toFixed(2)} million multiply-adds and ${percent(onTest[i])} on test images`).join(', ')}.`,
    );
  },
  hints: [
    '`half.after.macs` and `careful.after.macs` can be compared as they are.',
    'Accuracies: `(await evaluate(half.model, test)).accuracy`, the same for `careful`.',
  ],
};

const DRAWS = 5;

const ownCriterion: Exercise<Part3Session> = {
  id: '3.8',
  optional: true,
  async judge(answer, { data, images }) {
    const criterion = answer as Partial<RelevanceCriterion>;
    if (typeof criterion.score !== 'function')
      return wrong('Expected `{ id, label, score }` with an async function `score(context)`.');
    const run = async (which: RelevanceCriterion | 'random', seed: number) => {
      const result = await simplify(data.strong, images, {
        criterion: which,
        layers: LAYERS.slice(0, 1),
        stop: { kind: 'ratio', keep: 0.5 },
        retrain: { when: 'never' },
        seed,
      });
      result.model.dispose();
      return result.after.accuracy;
    };
    const own = await run({ id: 'own', label: 'own', ...criterion } as RelevanceCriterion, 1);
    let byLot = 0;
    for (let seed = 1; seed <= DRAWS; seed++) byLot += (await run('random', seed)) / DRAWS;
    const shares = `without retraining ${percent(own)} of the validation images, by lot ${percent(byLot)} (mean of ${DRAWS} draws)`;
    return own > byLot ? right(`It works: ${shares}.`) : wrong(`It runs, but chance is as good: ${shares}.`);
  },
  hints: [
    '`score` gives one number per kernel, higher = keep; `context.pooledActivations()` has every kernel’s mean answer to every image.',
    'Ideas: the deviation over images (a kernel that always says the same tells nothing), the L2 norm, the largest mean over classes.',
    'Kernels of the layer: `context.model.getLayer(context.group.id).getWeights()[0]`, of shape [height, width, read, kernels].',
  ],
};

/** About the whole network. */
export const networkExercises: readonly Exercise<Part3Session>[] = [ownRun, measured, kappa, compared, ownCriterion];
