import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import { subset } from '../../../../datasets/subset.js';
import { seedStream } from '../../../../run/mt19937.js';
import type { DecomposeSettings } from '../../../../split/decompose/options.js';
import { PUBLISHED_DECOMPOSITIONS } from '../../../../split/decompose/published-results.js';
import { split } from '../../../../split/split.js';
import { inClassOrder } from '../../../../surgery/modules/in-class-order.js';
import { moduleScores } from '../../../../surgery/modules/module-scores.js';
import { predictScores } from '../../../../training/evaluate.js';
import { type Claim, pairedInterval, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { accuracyOf, packAnswers, type PackedAnswers, pairedAnswers, rightAnswers } from '../../right-answers.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';

type ArmSettings = Pick<DecomposeSettings, 'variant' | 'addPolicy'>;

interface Settings {
  /** Images of every class that are observed, and as many others. */
  readonly observed: number;
  readonly arms: readonly ArmSettings[];
}

interface Input {
  readonly observed: number;
  readonly arms: readonly ArmSettings[];
  readonly seed: number;
}

interface Output {
  readonly whole: PackedAnswers;
  readonly arms: readonly { readonly modules: PackedAnswers; readonly nodesKept: number }[];
}

/** In words what becomes of convolutions whose outputs are added up. */
const ADDITIONS: Readonly<Record<DecomposeSettings['addPolicy'], string>> = {
  literal: 'every convolution masked',
  reluFedOnly: 'only what a ReLU alone reads masked',
  postAdd: 'rectified sums masked too',
};

/** Table 1 of Pan and Rajan: what decomposed modules lose together, by variant and by what becomes of additions. */
export function decomposeArms(which: RowOnNetwork<Settings>): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'decompose',
    title: `What decomposed modules lose together, ${which.name}`,
    measured:
      'Nodes that no observed training image makes active are masked; the seed draws the images. Accuracy of all modules by margin below that of the whole network, on test images.',
    networks: [which.network],
    sizes: which.sizes,
    parts: (settings, seeds) => seeds.map((seed) => ({ key: `seed ${seed}`, input: { ...settings, seed } })),
    run: (input, context) => decomposeOnce(which.network, input, context),
    findings: (outputs, { arms }) => arms.flatMap((arm, i) => findingsOf(arm, i, outputs)),
  });
}

async function decomposeOnce(network: string, { observed, arms, seed }: Input, context: RowContext): Promise<Output> {
  const { onProgress, signal, stateFile: checkpoint } = context;
  const strong = await context.network(network);
  const data = await context.images();
  const { train } = splitTrainValidation(data.train);
  const order = seedStream(seed, 'reproduction/observed images').permutation(train.labels.length);
  const images = subset(train, order);
  const outputs: Output['arms'][number][] = [];
  for (const arm of arms) {
    const run = { nPos: observed, seed, onProgress, signal, checkpoint };
    const { modules, keptRatio } = await split(strong, images, { method: 'decompose', ...arm, ...run });
    const own = inClassOrder(modules);
    const right = rightAnswers(await moduleScores(own, data.test), data.test);
    own.forEach((module) => module.dispose());
    outputs.push({ modules: packAnswers(right), nodesKept: keptRatio });
  }
  const { scores } = await predictScores(strong, data.test, { onProgress, signal });
  return { whole: packAnswers(rightAnswers(scores, data.test)), arms: outputs };
}

function findingsOf({ variant, addPolicy }: ArmSettings, i: number, outputs: readonly Output[]): Finding[] {
  const paper = PUBLISHED_DECOMPOSITIONS.filter(({ data }) => data === 'CIFAR-10');
  const losses = paper.map(({ model, variants }) => model[0] - variants[variant][0]);
  const value = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const pairs = outputs.map(({ whole, arms }) => pairedAnswers(whole, arms[i].modules));
  const lost = overSeeds(outputs.map(({ whole, arms }) => accuracyOf(whole) - accuracyOf(arms[i].modules)));
  const claim: Claim = { kind: 'at most', limit: value };
  return [
    {
      what: `accuracy lost by ${variant}, ${ADDITIONS[addPolicy]}`,
      unit: 'points',
      published: { value, source: '[P T1], mean of ResNet-20, -32 and -56 on CIFAR-10' },
      ours: lost,
      control: null,
      test: testEffect(pairedInterval(pairs), lost.mean, claim),
      why: `Keeps ${(100 * overSeeds(outputs.map(({ arms }) => arms[i].nodesKept)).mean).toFixed(1)} % of the nodes. What the authors did at additions is not known.`,
    },
  ];
}
