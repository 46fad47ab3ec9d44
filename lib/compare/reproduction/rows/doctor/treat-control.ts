import type { ImageSet } from '../../../../datasets/dataset.js';
import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import { firstImages } from '../../../../datasets/subset.js';
import { diagnose } from '../../../../diagnose/diagnose.js';
import { asLogits } from '../../../../models/as-logits.js';
import { predictScores } from '../../../../training/evaluate.js';
import { fitTo } from '../../../../training/fit.js';
import { PUBLISHED_CIFAR10_TREATMENTS } from '../../../../treat/published-table.js';
import { TREAT_PRESETS } from '../../../../treat/treat-settings.js';
import { treatmentObjective } from '../../../../treat/treatment-objective.js';
import { pairedInterval, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { accuracyOf, packAnswers, type PackedAnswers, pairedAnswers, rightAnswers } from '../../right-answers.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';

interface Settings {
  /** Weights of the channel constraint; 0 is the control, and first. */
  readonly alphas: readonly number[];
  readonly epochs: number;
  readonly learningRate: number;
  /** Of the images that the published split has to train on, the first so many; they find the relevant kernels, too. */
  readonly trainingImages: number;
}

interface Input extends Omit<Settings, 'alphas'> {
  readonly alpha: number;
  readonly seed: number;
}

interface Output {
  readonly alpha: number;
  readonly seed: number;
  readonly epoch: number;
  readonly base: PackedAnswers;
  readonly treated: PackedAnswers;
}

/** Table 1 of Model Doctor, beside the control that it lacks: training on for as long without the constraint. */
export function treatAgainstControl(which: RowOnNetwork<Settings>): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'doctor',
    title: `Treated against trained on, ${which.name}`,
    measured:
      'The network is trained on with a channel constraint on its last convolution; the epoch is chosen by the published validation images, the accuracy is of test images. Control: the same training without the constraint, same seeds. The seed orders and crops the images; the base is the same.',
    networks: [which.network],
    sizes: which.sizes,
    parts: ({ alphas, ...rest }, seeds) =>
      seeds.flatMap((seed) =>
        alphas.map((alpha) => ({ key: `seed ${seed} alpha ${alpha}`, input: { ...rest, alpha, seed } })),
      ),
    run: (input, context) => treatOnce(which.network, input, context),
    findings: (outputs, { alphas }) =>
      alphas.filter((alpha) => alpha > 0).flatMap((alpha) => findingsOf(outputs, alpha)),
  });
}

async function treatOnce(network: string, input: Input, context: RowContext): Promise<Output> {
  const { alpha, seed, epochs, learningRate, trainingImages } = input;
  const { onProgress, signal, stateFile } = context;
  const base = await context.network(network);
  const { train: all, test } = await context.images();
  const { train: most, validation } = splitTrainValidation(all);
  const train = firstImages(most, trainingImages);
  const relevant = await context.once('relevant kernels', async () => {
    const { relevance } = await diagnose(base, train, { preset: 'internal2021', onProgress, signal });
    return relevance[relevance.length - 1];
  });
  const answers = async (model: typeof base, set: ImageSet) =>
    packAnswers(rightAnswers((await predictScores(model, set, { onProgress, signal })).scores, set));
  const { batchSize, optimizer, schedule, augment, ...preset } = TREAT_PRESETS.laptop;
  const copy = await asLogits(base);
  try {
    const objective = alpha === 0 ? undefined : treatmentObjective(copy, { ...preset, alpha, beta: 0, relevant }, seed);
    const { epoch } = await fitTo(objective, copy, train, {
      ...{
        epochs,
        batchSize,
        learningRate,
        optimizer,
        schedule,
        augment,
        validation,
        keep: 'best',
        seed,
        stepwise: true,
      },
      ...{ checkpoint: stateFile, onProgress, signal, task: `alpha ${alpha}, seed ${seed}` },
    });
    const before = await context.once('answers of the base', () => answers(base, test));
    return { alpha, seed, epoch, base: before, treated: await answers(copy, test) };
  } finally {
    copy.dispose();
  }
}

function findingsOf(outputs: readonly Output[], alpha: number): Finding[] {
  const own = outputs.filter((output) => output.alpha === alpha);
  const control = own.map(({ seed }) => outputs.find((output) => output.alpha === 0 && output.seed === seed)!);
  const toBase = (of: readonly Output[]) =>
    overSeeds(of.map(({ base, treated }) => accuracyOf(treated) - accuracyOf(base)));
  const toControl = own.map(({ treated }, i) => pairedAnswers(treated, control[i].treated));
  const gains = overSeeds(own.map(({ treated }, i) => accuracyOf(treated) - accuracyOf(control[i].treated)));
  const published = PUBLISHED_CIFAR10_TREATMENTS.reduce((sum, { channel }) => sum + channel, 0);
  const value = published / PUBLISHED_CIFAR10_TREATMENTS.length;
  const base = accuracyOf(own[0].base).toFixed(1);
  return [
    {
      what: `change from the base, constraint of weight ${alpha}`,
      unit: 'points',
      published: { value, source: '[P-T1], mean of 16 networks on CIFAR-10' },
      ours: toBase(own),
      control: { name: 'trained on without it', ...toBase(control) },
      test: null,
      why: `The base is right on ${base} % of the test images. What training on gives without the constraint is in it.`,
    },
    {
      what: `change from the control, constraint of weight ${alpha}`,
      unit: 'points',
      published: null,
      ours: gains,
      control: null,
      test: testEffect(pairedInterval(toControl), gains.mean, { kind: 'above 0', relevant: 0.5 }),
      why: 'What the constraint itself is worth; the paper has no such control.',
    },
  ];
}
