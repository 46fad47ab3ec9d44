import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import { subset } from '../../../../datasets/subset.js';
import { innerFile } from '../../../../run/checkpoint/inner-files.js';
import type { SimplifyOptions } from '../../../../simplify/options.js';
import { simplify } from '../../../../simplify/simplify.js';
import { traceModel } from '../../../../surgery/trace/trace.js';
import { predictScores } from '../../../../training/evaluate.js';
import { fit } from '../../../../training/fit.js';
import { pairedInterval, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { shownNumber } from '../../report.js';
import { accuracyOf, packAnswers, type PackedAnswers, pairedAnswers, rightAnswers } from '../../right-answers.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';

/** Who learns when: one layer after the other, all at once at the end, or half of the images either way. */
const ARMS = ['progressive', 'one-shot', 'progressive, half at the end'] as const;
type Arm = (typeof ARMS)[number];

interface Settings {
  /** Shares of the multiply-adds to keep. */
  readonly budgets: readonly number[];
  readonly criterion: 'weightL1';
  readonly trainingImages: number;
}

interface Input extends Omit<Settings, 'budgets'> {
  readonly arm: Arm;
  readonly budget: number;
  readonly seed: number;
}

interface Output {
  readonly arm: Arm;
  readonly budget: number;
  readonly seed: number;
  readonly imagesSeen: number;
  readonly imagesAfterLastCut: number;
  readonly whole: PackedAnswers;
  readonly simplified: PackedAnswers;
}

/** Progressive retraining against one retraining at the end, by one criterion, with equally many images seen. */
export function progressiveArms(which: RowOnNetwork<Settings>): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'progressive',
    title: `Progressive retraining against one at the end, ${which.name}`,
    measured:
      'Kernels of the smallest weights go, layer by layer, to a share of the multiply-adds; all arms see equally many images while they are retrained. Accuracy on test images. The seed orders the images.',
    networks: [which.network],
    sizes: which.sizes,
    parts: ({ budgets, ...rest }, seeds) =>
      seeds.flatMap((seed) =>
        budgets.flatMap((budget) =>
          ARMS.map((arm) => ({ key: `seed ${seed} keep ${budget} ${arm}`, input: { ...rest, arm, budget, seed } })),
        ),
      ),
    run: (input, context) => simplifyOnce(which.network, input, context),
    findings: (outputs, { budgets }) => budgets.flatMap((budget) => findingsOf(outputs, budget)),
  });
}

async function simplifyOnce(network: string, input: Input, context: RowContext): Promise<Output> {
  const { arm, budget, seed, criterion, trainingImages } = input;
  const { onProgress, signal, stateFile } = context;
  const strong = await context.network(network);
  const data = await context.images();
  const { train: all, validation } = splitTrainValidation(data.train);
  const count = Math.min(trainingImages, all.labels.length);
  const range = (from: number, to: number) =>
    subset(
      all,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    );
  const half = Math.floor(count / 2);
  const stages = traceModel(strong).groups.filter((group) => !group.protected).length;
  const halved = arm === 'progressive, half at the end';
  const train = range(0, halved ? half : count);
  const retrain: SimplifyOptions['retrain'] =
    arm === 'one-shot'
      ? { when: 'atEnd', range: 'all', epochs: stages }
      : { when: 'afterLayer', range: 'progressive', epochs: 1 };
  const { model } = await simplify(
    strong,
    { train, validation },
    {
      ...{ criterion, seed, stop: { kind: 'budget', of: 'macs', keep: budget }, retrain },
      ...{ checkpoint: stateFile && innerFile(stateFile, 'simplify'), onProgress, signal },
    },
  );
  try {
    if (halved) {
      await fit(model, range(half, count), {
        ...{ epochs: stages, batchSize: 64, learningRate: 0.01, schedule: { kind: 'cosine' }, seed },
        ...{ checkpoint: stateFile && innerFile(stateFile, 'end'), onProgress, signal, task: 'all layers together' },
      });
    }
    const answers = async (of: typeof strong) =>
      packAnswers(rightAnswers((await predictScores(of, data.test, { onProgress, signal })).scores, data.test));
    const whole = await context.once('answers of the whole', () => answers(strong));
    return {
      ...{ arm, budget, seed, whole, simplified: await answers(model) },
      imagesSeen: stages * train.labels.length + (halved ? stages * (count - half) : 0),
      imagesAfterLastCut:
        arm === 'one-shot' ? stages * count : halved ? train.labels.length + stages * (count - half) : count,
    };
  } finally {
    model.dispose();
  }
}

function findingsOf(outputs: readonly Output[], budget: number): Finding[] {
  const of = (arm: Arm) => outputs.filter((output) => output.budget === budget && output.arm === arm);
  const oneShot = of('one-shot');
  const change = (own: readonly Output[]) =>
    overSeeds(own.map(({ whole, simplified }) => accuracyOf(simplified) - accuracyOf(whole)));
  const at = `${(100 * budget).toFixed(0)} % of the multiply-adds`;
  return (['progressive', 'progressive, half at the end'] as const).map((arm): Finding => {
    const own = of(arm);
    const pairs = own.map(({ simplified }, i) => pairedAnswers(simplified, oneShot[i].simplified));
    const gains = overSeeds(own.map(({ simplified }, i) => accuracyOf(simplified) - accuracyOf(oneShot[i].simplified)));
    const seen = (output: Output) => `${output.imagesAfterLastCut} of ${output.imagesSeen}`;
    const [changed, reference] = [change(own), change(oneShot)].map(({ mean }) => shownNumber(mean, '%'));
    return {
      what: `accuracy of '${arm}' above one-shot, ${at}`,
      unit: 'points',
      published: null,
      ours: gains,
      control: null,
      test: testEffect(pairedInterval(pairs), gains.mean, { kind: 'above 0', relevant: 0.5 }),
      why: `To the whole network ${changed} and ${reference} points; images after the last cut ${seen(own[0])} and ${seen(oneShot[0])}. The paper's abstract says that its way is better and gives no number.`,
    };
  });
}
