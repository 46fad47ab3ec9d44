import path from 'node:path';
import type { ImageSet } from '../../../../datasets/dataset.js';
import { type DirichletSubset, dirichletSubset, PUBLISHED_DIRICHLET } from '../../../../datasets/dirichlet-subset.js';
import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import { areaUnderCurve } from '../../../../metrics/area-under-curve.js';
import type { GradSplitterOptions } from '../../../../split/gradsplitter/options.js';
import { split } from '../../../../split/split.js';
import { inClassOrder } from '../../../../surgery/modules/in-class-order.js';
import { logOdds } from '../../../../surgery/modules/log-odds.js';
import { moduleScores } from '../../../../surgery/modules/module-scores.js';
import { fitScaleAndBias } from '../../../../surgery/modules/scale-and-bias.js';
import type * as tf from '../../../../tf.js';
import { predictScores } from '../../../../training/evaluate.js';
import { fit } from '../../../../training/fit.js';
import { pairedInterval, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { accuracyOf, packAnswers, type PackedAnswers, pairedAnswers, rightAnswers } from '../../right-answers.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';
import { buildNetwork, type NetworkRecipe } from '../networks/network-recipe.js';
import { f1AboveHalf } from './module-choice.js';

interface Settings {
  /** How every model is built and trained, on its own uneven part of the images. */
  readonly recipe: Omit<NetworkRecipe, 'trainingImages'>;
  /** Published seeds of the uneven parts, one per model. */
  readonly estimators: readonly number[];
  /** Images that the smallest class of a part has at least. */
  readonly smallestClass: number;
  readonly split: Omit<GradSplitterOptions, 'seed'>;
}

interface Input extends Settings {
  readonly seed: number;
}

/** How heads learn, how modules are chosen, and whether their scores are made comparable afterwards. */
const WAYS = ['published', 'binary', 'binary, by AUC', 'binary, by AUC, calibrated'] as const;
type Baseline = 'best model' | 'best model, calibrated' | 'mean of all models';
type Arm = (typeof WAYS)[number] | Baseline;

type Output = Readonly<Record<Arm, PackedAnswers>>;

/** Reuse A: of several models of uneven classes the best module of every class, against the best of the models. */
export function reuseBestModules(
  which: Omit<RowOnNetwork<Settings>, 'network'> & { readonly published: number },
): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'gradsplitter',
    title: `The best modules of several models composed, ${which.name}`,
    measured:
      'Every model is trained on its own uneven part of the training images (published Dirichlet seeds). A fifth of the test images chooses and calibrates, the other four fifths are reported. The best model is the best of those four fifths. Masks keep all kernels; the seed is that of the heads.',
    networks: [],
    sizes: which.sizes,
    parts: (settings, seeds) => seeds.map((seed) => ({ key: `seed ${seed}`, input: { ...settings, seed } })),
    run: reuseOnce,
    findings: (outputs, { estimators }) => findingsOf(outputs, estimators.length, which.published),
  });
}

interface Estimator {
  readonly model: tf.LayersModel;
  readonly part: DirichletSubset;
}

async function reuseOnce(input: Input, context: RowContext): Promise<Output> {
  const { estimators, seed, split: options } = input;
  const { onProgress, signal } = context;
  const data = await context.images();
  // The authors take the first fifth in the order of the file; this one is shuffled with their seed.
  const fifth = splitTrainValidation(data.test);
  const [chooseBy, report] = [fifth.validation, fifth.train];
  const models: Estimator[] = [];
  for (const estimator of estimators) models.push(await trained(estimator, input, context));

  const ofModels = await context.once('models', async () => {
    const scores = async (set: ImageSet) => {
      const own: Float32Array[] = [];
      for (const { model } of models) own.push((await predictScores(model, set, { onProgress, signal })).scores);
      return own;
    };
    return { choose: await scores(chooseBy), report: await scores(report) };
  });
  const answers = (scores: Float32Array) => packAnswers(rightAnswers(scores, report));
  const single = ofModels.report.map(answers);
  const best = single.reduce((a, b, i) => (accuracyOf(b) > accuracyOf(single[a]) ? i : a), 0);

  const scored = async (own: GradSplitterOptions) => {
    const choose: Float32Array[] = [];
    const rest: Float32Array[] = [];
    for (const { model, part } of models) {
      const { modules } = await split(model, part, {
        ...options,
        ...own,
        method: 'gradsplitter',
        seed,
        onProgress,
        signal,
      });
      const ordered = inClassOrder(modules);
      choose.push((await moduleScores(ordered, chooseBy)).map(logOdds));
      rest.push((await moduleScores(ordered, report)).map(logOdds));
      ordered.forEach((module) => module.dispose());
    }
    return { choose, rest };
  };
  const published = await scored({ headLoss: 'softmax', draw: 'all' });
  const binary = await scored({ headLoss: 'binary', draw: 'even' });
  const composed = ({ choose, rest }: typeof binary, by: Worth, calibrated: boolean) => {
    const chosen = chosenModels(choose, chooseBy, by);
    const [columns, own] = [choose, rest].map((all) => taken(all, chosen));
    return answers(calibrated ? calibratedBy(columns, own, chooseBy) : own);
  };
  return {
    published: composed(published, f1AboveHalf, false),
    binary: composed(binary, f1AboveHalf, false),
    'binary, by AUC': composed(binary, areaUnderCurve, false),
    'binary, by AUC, calibrated': composed(binary, areaUnderCurve, true),
    'best model': single[best],
    'best model, calibrated': answers(calibratedBy(ofModels.choose[best], ofModels.report[best], chooseBy)),
    'mean of all models': answers(meanSoftmax(ofModels.report, data.classNames.length)),
  };
}

function trained(estimator: number, { recipe, smallestClass }: Input, context: RowContext): Promise<Estimator> {
  const { once, images, scale, cache, onProgress, signal } = context;
  const make = async () => {
    const { train, classNames } = await images();
    const { concentration } = PUBLISHED_DIRICHLET.cifar10;
    const part = dirichletSubset(train, { concentration, smallestClass, seed: estimator });
    const model = buildNetwork({ ...recipe, trainingImages: null }, classNames.length, estimator);
    const { architecture, width, training } = recipe;
    // A finished training is in its checkpoint, too: it is not trained again.
    const name = `${architecture}-${width}-${training.epochs}-${estimator}.checkpoint`;
    await fit(model, part.train, {
      ...{ ...training, validation: part.validation, keep: 'best', seed: estimator },
      ...{
        checkpoint: path.join(cache, 'estimators', scale, name),
        onProgress,
        signal,
        task: `train model ${estimator}`,
      },
    });
    return { model, part };
  };
  return once(`estimator ${estimator}`, make, ({ model }) => model.dispose());
}

type Worth = (scores: Float64Array, labels: Int32Array, target: number) => number | null;

/** Per class the model whose module scores best. */
function chosenModels(scores: readonly Float32Array[], { labels, classNames }: ImageSet, by: Worth): number[] {
  const classes = classNames.length;
  return classNames.map((_, c) => {
    const worth = scores.map((own) =>
      by(
        Float64Array.from(labels, (__, i) => own[i * classes + c]),
        labels,
        c,
      ),
    );
    return worth.reduce<number>((best, value, model) => ((value ?? -1) > (worth[best] ?? -1) ? model : best), 0);
  });
}

/** Column c of the model chosen for class c. */
function taken(scores: readonly Float32Array[], chosen: readonly number[]): Float32Array {
  const classes = chosen.length;
  return scores[0].map((_, i) => scores[chosen[i % classes]][i]);
}

function calibratedBy(known: Float32Array, scores: Float32Array, { labels, classNames }: ImageSet): Float32Array {
  const { scale, bias } = fitScaleAndBias(known, labels, classNames.length);
  return scores.map((score, i) => scale[i % scale.length] * score + bias[i % scale.length]);
}

function meanSoftmax(logits: readonly Float32Array[], classes: number): Float32Array {
  const sum = new Float32Array(logits[0].length);
  for (const own of logits) {
    for (let from = 0; from < own.length; from += classes) {
      const row = own.subarray(from, from + classes);
      const top = Math.max(...row);
      const exponentials = row.map((value) => Math.exp(value - top));
      const total = exponentials.reduce((a, b) => a + b, 0);
      exponentials.forEach((value, c) => (sum[from + c] += value / total));
    }
  }
  return sum;
}

const WHAT: Readonly<Record<(typeof WAYS)[number], string>> = {
  published: 'as published: softmax loss over sigmoids, images as they come, chosen by F1',
  binary: 'binary loss, classes drawn evenly, chosen by F1',
  'binary, by AUC': 'binary loss, classes drawn evenly, chosen by AUC',
  'binary, by AUC, calibrated': 'the same, scores scaled on the images that choose',
};

function findingsOf(outputs: readonly Output[], models: number, published: number): Finding[] {
  const gain = (arm: Arm, over: Arm) =>
    overSeeds(outputs.map((output) => accuracyOf(output[arm]) - accuracyOf(output[over])));
  const test = (arm: Arm, over: Arm) =>
    testEffect(
      pairedInterval(outputs.map((output) => pairedAnswers(output[arm], output[over]))),
      gain(arm, over).mean,
      {
        kind: 'above 0',
        relevant: 1,
      },
    );
  const best = accuracyOf(outputs[0]['best model']).toFixed(1);
  const fair = gain('best model, calibrated', 'best model');
  const mean = gain('mean of all models', 'best model').mean.toFixed(1).replace('-', '−');
  return [
    ...WAYS.map((way): Finding => ({
      what: `composed above the best of ${models} models, ${WHAT[way]}`,
      unit: 'points',
      published: { value: published, source: '[MF], ten models at full width' },
      ours: gain(way, 'best model'),
      control: { name: 'best model calibrated on the same images', ...fair },
      test: test(way, 'best model'),
      why: `The best model has ${best} %. The plain mean of all models' softmax is ${mean} points above it, with no choosing.`,
    })),
    {
      what: 'composed above the best model when both are scaled on the same images',
      unit: 'points',
      published: null,
      ours: gain('binary, by AUC, calibrated', 'best model, calibrated'),
      control: null,
      test: test('binary, by AUC, calibrated', 'best model, calibrated'),
      why: 'The fair comparison: the composed modules are chosen and scaled on images that the single model never sees otherwise.',
    },
    {
      what: "composed above the plain mean of all models' softmax",
      unit: 'points',
      published: null,
      ours: gain('binary, by AUC, calibrated', 'mean of all models'),
      control: null,
      test: test('binary, by AUC, calibrated', 'mean of all models'),
      why: 'The mean runs every model on every image; so do modules that keep all kernels.',
    },
  ];
}
