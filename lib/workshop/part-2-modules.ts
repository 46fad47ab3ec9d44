import { countMacs } from '../surgery/trace/count-macs.js';
import { jaccard, keptCounts, keptRatio } from '../surgery/trace/kernel-selection.js';
import { bestNames } from './class-scores.js';
import { judgeChoice } from './judges/judge-choice.js';
import { judgeNumber } from './judges/judge-number.js';
import { type Exercise, quoted, right, wrong } from './judges/verdict.js';
import type { Part2Session } from './part-2-session.js';

/** The class whose module exercises 2.1 and 2.2 look at, and the one of 2.4 and 2.8. */
const FIRST_CLASS = 'square';
const LISTENING_CLASS = 'ring';

const kept: Exercise<Part2Session> = {
  id: '2.1',
  judge(answer, { modules }) {
    const { selection } = modules[FIRST_CLASS];
    const perLayer = Object.values(selection).map((bits) => bits.reduce((a, b) => a + b, 0) / bits.length);
    const value = keptRatio(selection);
    const total = Object.values(keptCounts(selection)).reduce((a, b) => a + b, 0);
    return judgeNumber(answer, {
      value,
      unit: 'fraction',
      tolerance: 0.0005,
      slips: [
        [total, 'These are the kept kernels, as a number. What share of all kernels are they?'],
        [
          perLayer.reduce((a, b) => a + b, 0) / perLayer.length,
          'That is the mean over layers, in which a small layer weighs as much as a large one. Count kernels over all layers, then divide once.',
        ],
        [1 - value, 'That is the share that was thrown away.'],
      ],
      praise: `Right: ${total} kernels, ${(100 * value).toFixed(1)} % of them.`,
    });
  },
  hints: [
    'Go through `Object.values(selection)`: one list of 0 and 1 for each layer. Add up the ones, and the lengths.',
    '`let ones = 0, all = 0; for (const bits of Object.values(selection)) { … }`, then `ones / all`.',
  ],
};

const macsGuess: Exercise<Part2Session> = {
  id: '2.2',
  judge(answer, { modules, data }) {
    const module = modules[FIRST_CLASS];
    const value = countMacs(module.model).total / countMacs(data.strong).total;
    if (typeof answer !== 'number' || !Number.isFinite(answer))
      return wrong(`Expected a number, got ${quoted(answer)}.`);
    if (answer > 1 && answer <= 100) return wrong('A fraction, please: 0.5 for a half.');
    if (answer <= 0 || answer > 1)
      return wrong('Expected a share between 0 and 1: a module computes less than the whole network.');
    const measured = `Measured: ${value.toFixed(3)}, with ${keptRatio(module.selection).toFixed(3)} of the kernels.`;
    if (Math.abs(answer - value) <= 0.1) return right(`A good guess. ${measured}`);
    return wrong(`Too ${answer > value ? 'high' : 'low'}, by more than 0.1.`);
  },
  hints: [
    'Multiply-adds of a layer go with its kernels times the channels it reads, and these are the kernels of the layer before.',
    'If every layer kept a share r of its kernels, about r · r of the multiply-adds would be left. Where kernels are many and maps large it counts most.',
  ],
};

const mostAlike: Exercise<Part2Session> = {
  id: '2.3',
  judge(answer, { modules, data: { classNames } }) {
    if (!Array.isArray(answer) || answer.length !== 2)
      return wrong(`Expected two names, ['…', '…'], got ${quoted(answer)}.`);
    const [a, b] = answer as unknown[];
    const unknown = [a, b].find((name) => typeof name !== 'string' || !classNames.includes(name));
    if (unknown !== undefined)
      return wrong(`There is no class ${quoted(unknown)}. Known are ${classNames.join(', ')}.`);
    if (a === b) return wrong('A module is like itself, with index 1. Wanted are two different classes.');
    const index = (x: string, y: string) => jaccard(modules[x].selection, modules[y].selection);
    const all = classNames.flatMap((x, i) => classNames.slice(i + 1).map((y) => index(x, y)));
    const given = index(a as string, b as string);
    if (given >= Math.max(...all) - 1e-9) return right(`Right: a Jaccard index of ${given.toFixed(3)}.`);
    if (given <= Math.min(...all) + 1e-9) return wrong('These two are the least alike.');
    return wrong(`Their index is ${given.toFixed(3)}; there is a pair with a higher one.`);
  },
  hints: [
    '`jaccard(modules[a].selection, modules[b].selection)` for all pairs a, b: two loops.',
    'Keep the best so far: `if (value > best) { best = value; mostAlike = [a, b]; }`. The second loop starts behind the first one’s class.',
  ],
};

/** Mean score of one module on the validation images of every class. */
function meanScores({ scores: { scores, classes }, data }: Part2Session, column: number): number[] {
  const { labels } = data.validation;
  const sums = new Float64Array(classes);
  const images = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    sums[labels[i]] += scores[i * classes + column];
    images[labels[i]]++;
  }
  return Array.from(sums, (sum, c) => sum / Math.max(1, images[c]));
}

const alsoSays: Exercise<Part2Session> = {
  id: '2.4',
  judge(answer, session) {
    const { classNames } = session.data;
    const own = classNames.indexOf(LISTENING_CLASS);
    const means = meanScores(session, own);
    const others = (sign: number) => bestNames(classNames, (_, c) => (c === own ? null : sign * means[c]), 0.01);
    const [strongest] = others(1);
    return judgeChoice(answer, {
      accepted: others(1),
      known: classNames,
      slips: [
        [LISTENING_CLASS, 'That is its own class, on which it should be loud. Which other one?'],
        [others(-1)[0], 'On these images it is the most silent. Wanted is the opposite.'],
      ],
      praise: `Right: ${means[classNames.indexOf(strongest)].toFixed(1)} on average, ${means[own].toFixed(1)} on its own class. A module has never been told what to say to other images.`,
    });
  },
  hints: [
    `The score of the module of class c on image i is \`scores[i * classes + c]\`; the image's true class is \`validation.labels[i]\`.`,
    'Add up the scores by true class, and count the images by true class; then divide.',
    'Leave out the own class before you look for the largest mean.',
  ],
};

const auc: Exercise<Part2Session> = {
  id: '2.8',
  optional: true,
  judge(answer, { scores: { scores, classes }, data: { classNames, validation } }) {
    const own = classNames.indexOf(LISTENING_CLASS);
    const score = Array.from(validation.labels, (_, i) => scores[i * classes + own]);
    const [mine, others] = [true, false].map((is) => score.filter((_, i) => (validation.labels[i] === own) === is));
    const wins = mine.reduce((sum, a) => sum + others.filter((b) => a > b).length, 0);
    return judgeNumber(answer, {
      value: wins / (mine.length * others.length),
      tolerance: 0.001,
      unit: 'fraction',
      slips: [
        [wins, 'These are the pairs won, as a number. What share of all pairs are they?'],
        [wins / mine.length, 'Divided by the own images only; the pairs are own times other images.'],
      ],
      praise: 'Right. 0.5 would be a coin, 1 a perfect detector: this is the area under its ROC curve.',
    });
  },
  hints: [
    'Two lists of scores: on images of the class, and on all others. Then all pairs, in two loops.',
    'The share of pairs in which the first score is larger than the second.',
  ],
};

/** About modules by themselves. */
export const moduleExercises: readonly Exercise<Part2Session>[] = [kept, macsGuess, mostAlike, alsoSays, auc];
