import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import type { CnnSplitterPreset } from '../../../../split/cnnsplitter/presets.js';
import { PUBLISHED_SPLIT_MEAN, PUBLISHED_SPLITS } from '../../../../split/cnnsplitter/published-results.js';
import { predictScores } from '../../../../training/evaluate.js';
import { intervalOverSeeds, type PairedCounts, pairedCounts, pairedInterval, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { rightAnswers } from '../../right-answers.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';
import { type MeasuredModules, splitAndMeasure } from '../measured-modules.js';

interface Settings {
  readonly preset: CnnSplitterPreset;
  /** Shares of kernels that modules may keep; null where the preset finds its own. */
  readonly keeps: readonly (number | null)[];
}

interface Input {
  readonly preset: CnnSplitterPreset;
  readonly keep: number | null;
  readonly seed: number;
}

interface Output {
  readonly keep: number | null;
  readonly kernelsKept: number;
  readonly macsKept: number;
  readonly diff: number;
  /** Whole network, then modules together. */
  readonly toStrong: PairedCounts;
  /** Modules together, then as many kernels drawn by lot. */
  readonly toControl: PairedCounts | null;
}

/** Table 1 of CNNSplitter's first question: what the modules lose together, how many kernels they keep, how much they differ. */
export function cnnSplitterModules(
  which: RowOnNetwork<Settings> & { readonly published: 'SimCNN' | 'ResCNN' },
): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'cnnsplitter',
    title: `Modules of all classes together, ${which.name}`,
    measured:
      'Kernels are chosen, and logits scaled, on the published validation images of CIFAR-10, dealt out by the seed; reported are test images that had no part in it. Control: as many kernels drawn by lot, scaled alike.',
    networks: [which.network],
    sizes: which.sizes,
    parts: ({ preset, keeps }, seeds) =>
      keeps.flatMap((keep) =>
        seeds.map((seed) => ({ key: `keep ${keep} seed ${seed}`, input: { preset, keep, seed } })),
      ),
    run: (input, context) => splitOnce(which.network, input, context),
    findings: (outputs, { keeps }) =>
      keeps.flatMap((keep) =>
        findingsOf(
          which.published,
          outputs.filter((output) => output.keep === keep),
          keep,
        ),
      ),
  });
}

async function splitOnce(network: string, { preset, keep, seed }: Input, context: RowContext): Promise<Output> {
  const { onProgress, signal, stateFile } = context;
  const strong = await context.network(network);
  const { train, test } = await context.images();
  const { validation } = splitTrainValidation(train);
  const run = { preset, seed, onProgress, signal };
  const budget = keep === null ? {} : { keep, generations: 0 };
  const arms: MeasuredModules[] = [
    await splitAndMeasure(strong, validation, test, { ...run, ...budget, checkpoint: stateFile }),
  ];
  if (keep !== null) {
    arms.push(
      await splitAndMeasure(strong, validation, test, { ...run, ...budget, importance: 'random', difference: 0 }),
    );
  }
  const { scores } = await predictScores(strong, test, { onProgress, signal });
  const [{ kernelsKept, macsKept, diff, right }, control] = arms;
  return {
    ...{ keep, kernelsKept, macsKept, diff },
    toStrong: pairedCounts(rightAnswers(scores, test), right),
    toControl: control ? pairedCounts(right, control.right) : null,
  };
}

function findingsOf(published: 'SimCNN' | 'ResCNN', own: readonly Output[], keep: number | null): Finding[] {
  const paper = PUBLISHED_SPLITS.find(({ network, data }) => network === published && data === 'CIFAR-10')!;
  const budgeted = keep !== null;
  const way = budgeted
    ? 'Kernels are ranked by gradients and cut over all layers together, and logits are scaled after cutting; neither is published.'
    : 'The search as published.';
  const at = keep === null ? '' : `, ${(100 * keep).toFixed(0)} % of the kernels`;
  const over = (value: (output: Output) => number) => overSeeds(own.map(value));
  const lost = over(({ toStrong }) => (100 * (toStrong.onlyFirst - toStrong.onlySecond)) / toStrong.images);
  const diff = over((output) => output.diff);
  const controls = own.flatMap(({ toControl }) => toControl ?? []);
  const gain = controls.map(({ images, onlyFirst, onlySecond }) => (100 * (onlyFirst - onlySecond)) / images);
  return [
    {
      what: `accuracy lost by the modules together${at}`,
      unit: 'points',
      published: { value: PUBLISHED_SPLIT_MEAN.lossPoints, source: '[BOH], mean of four networks' },
      ours: lost,
      control:
        controls.length === 0
          ? null
          : { name: 'kernels by lot', ...overSeeds(gain.map((value, i) => lost.values[i] + value)) },
      test: testEffect(pairedInterval(own.map(({ toStrong }) => toStrong)), lost.mean, {
        kind: 'at most',
        limit: PUBLISHED_SPLIT_MEAN.lossPoints,
      }),
      why: way,
    },
    ...(controls.length === 0
      ? []
      : [
          {
            what: `accuracy above kernels drawn by lot${at}`,
            unit: 'points',
            published: null,
            ours: overSeeds(gain),
            control: null,
            test: testEffect(pairedInterval(controls), overSeeds(gain).mean, { kind: 'above 0', relevant: 1 }),
            why: 'Whether it matters which kernels are kept, at the same number and after the same scaling.',
          } as const,
        ]),
    {
      what: `kernels kept${at}`,
      unit: '%',
      published: {
        value: PUBLISHED_SPLIT_MEAN.kernelsKept,
        source: '[CALC]+[INFER] from [MWT], mean of four networks',
      },
      ours: over(({ kernelsKept }) => 100 * kernelsKept),
      control: null,
      test: null,
      why: budgeted ? 'Asked for.' : 'Found by the search.',
    },
    {
      what: `multiply-adds kept${at}`,
      unit: '%',
      published: paper.macsKept === null ? null : { value: paper.macsKept, source: '[CS:flops.log]' },
      ours: over(({ macsKept }) => 100 * macsKept),
      control: null,
      test: null,
      why: budgeted
        ? 'The cut spares early layers, which have few kernels and many positions, so it saves fewer multiply-adds than kernels.'
        : 'Found by the search.',
    },
    {
      what: `difference of the modules' kernels${at}`,
      unit: 'ratio',
      published: { value: paper.diff / 100, source: '[CS configs]' },
      ours: diff,
      control: null,
      test: testEffect(intervalOverSeeds(diff.values, 0), diff.mean, { kind: 'at least', limit: paper.diff / 100 }),
      why: budgeted
        ? 'Early layers are kept nearly whole by every module, so modules share them.'
        : 'Found by the search.',
    },
  ];
}
