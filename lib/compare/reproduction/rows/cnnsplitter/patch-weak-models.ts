import path from 'node:path';
import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import type { ClassReport } from '../../../../metrics/class-report.js';
import { nonTargetAccuracy } from '../../../../metrics/summaries.js';
import { type MeasuredWeak, measurePatches, measureWeak } from '../../../../patch/measure-patch.js';
import { loadPatchData, type PatchData, type PatchDataName } from '../../../../patch/patch-data.js';
import type { PatchMetric, PatchScore } from '../../../../patch/patch-row.js';
import { CNNSPLITTER_GAINS, GRADSPLITTER_GAINS } from '../../../../patch/published-results.js';
import { silentModule } from '../../../../patch/silent-module.js';
import { WEAK_KINDS, type WeakKind } from '../../../../patch/weak-kinds.js';
import { weakModel, type WeakModelOptions } from '../../../../patch/weak-model.js';
import type { WeakPreset } from '../../../../patch/weak-recipe.js';
import type { CnnSplitterPreset } from '../../../../split/cnnsplitter/presets.js';
import { split } from '../../../../split/split.js';
import type { KernelModule } from '../../../../surgery/modules/kernel-module.js';
import { type Claim, intervalOverSeeds, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds, type PaperValue } from '../../finding.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';

interface Settings {
  readonly data: PatchDataName;
  readonly splitPreset: CnnSplitterPreset;
  /** Share of the kernels that modules keep; null where the preset finds its own. */
  readonly keep: number | null;
  readonly weakPreset: WeakPreset;
  /** Where weak models are trained otherwise than the preset says. */
  readonly weakRecipe?: WeakModelOptions['recipe'];
  /** Positions of the target classes. */
  readonly targets: readonly number[];
}

interface Input extends Omit<Settings, 'targets'> {
  readonly kind: WeakKind;
  readonly target: number;
  readonly seed: number;
}

/** The rule of the paper, ours, and ours with nothing of the module in it. */
type Arm = 'minMax' | 'learned' | 'control';

interface Output {
  readonly kind: WeakKind;
  readonly target: number;
  readonly seed: number;
  readonly epoch: number;
  readonly weak: PatchScore;
  readonly patched: Readonly<Record<Arm, PatchScore>>;
}

/** CNNSplitter's second question: what a module does for a weak model's target class and for its other classes. */
export function patchWeakModels(
  which: RowOnNetwork<Settings> & { readonly weak: 'rescnn' | 'simcnn' },
): ReproductionRow {
  const { id, network, name, sizes, weak } = which;
  return reproductionRow<Settings, Input, Output>({
    id,
    paper: 'cnnsplitter',
    title: `Weak models patched with a module of ${name}`,
    measured:
      'Weak models of three kinds for every target class: nine classes of CIFAR-100 and one of CIFAR-10 with 400 training images. Change of the target class, and of the accuracy on the images of the other nine, on test images that neither training nor calibration saw; mean over kinds and target classes. Control: the same four-parameter calibration, with a module that says nothing.',
    networks: [network],
    sizes,
    parts: ({ targets, ...rest }, seeds) =>
      seeds.flatMap((seed) =>
        targets.flatMap((target) =>
          WEAK_KINDS.map((kind) => ({
            key: `seed ${seed} class ${target} ${kind}`,
            input: { ...rest, kind, target, seed },
          })),
        ),
      ),
    run: (input, context) => patchOnce(network, weak, input, context),
    findings: (outputs) => [
      ...rule(outputs, 'minMax', 'by the published rule'),
      ...rule(outputs, 'learned', 'by the learned rule'),
    ],
  });
}

async function patchOnce(
  network: string,
  weakNetwork: 'rescnn' | 'simcnn',
  input: Input,
  context: RowContext,
): Promise<Output> {
  const { kind, target, seed, weakPreset, weakRecipe } = input;
  const { onProgress, signal } = context;
  const data = await patchData(input, context);
  const targetClass = data.targetClasses[target];
  const task = data.weakTask(targetClass);
  const module = (await modulesOf(network, input, context))[targetClass];
  const run = { onProgress, signal };
  const weak = await weakModel(data, task, {
    ...{ ...run, kind, network: weakNetwork, preset: weakPreset, recipe: weakRecipe, seed },
    cache: path.join(context.cache, 'weak-models'),
  });
  try {
    const measured = await measureWeak(weak.model, { test: task.test }, run);
    const calibrationImages = task.calibration;
    const byModule = await measurePatches(measured, module, {
      calibrationImages,
      rules: ['minMax', 'learned'],
      ...run,
    });
    const silent = silentModule(module);
    const [control] = await measurePatches(measured, silent, { calibrationImages, rules: ['learned'], ...run });
    const [minMax, learned] = byModule.map(({ reports }) => scoreOf(reports.test, targetClass));
    return {
      ...{ kind, target, seed, epoch: weak.epoch },
      weak: scoreOf(reportOf(measured), targetClass),
      patched: { minMax, learned, control: scoreOf(control.reports.test, targetClass) },
    };
  } finally {
    weak.model.dispose();
  }
}

const reportOf = ({ reports }: MeasuredWeak<'test'>): ClassReport => reports.test;

const patchData = ({ data }: Input, { once, scale }: RowContext): Promise<PatchData> =>
  once(`patch data ${data}`, () => loadPatchData(data, scale === 'smoke' ? { perClass: { train: 90, test: 10 } } : {}));

function modulesOf(
  network: string,
  { splitPreset: preset, keep }: Input,
  context: RowContext,
): Promise<Readonly<Record<string, KernelModule>>> {
  const { once, onProgress, signal } = context;
  const make = async () => {
    const strong = await context.network(network);
    const { validation } = splitTrainValidation((await context.images()).train);
    const budget = keep === null ? {} : { keep, generations: 0 };
    return (await split(strong, validation, { preset, ...budget, seed: 1, onProgress, signal })).modules;
  };
  return once(`modules of ${network}`, make, (modules) => {
    for (const module of Object.values(modules)) module.dispose();
  });
}

function scoreOf(report: ClassReport, targetClass: string): PatchScore {
  const { precision, recall, f1 } = report.perClass[report.classNames.indexOf(targetClass)];
  return { precision, recall, f1, nonTarget: nonTargetAccuracy(report, targetClass) };
}

const NAMES: Readonly<Record<PatchMetric, string>> = {
  precision: 'precision of the target class',
  recall: 'recall of the target class',
  f1: 'F1 of the target class',
  nonTarget: 'accuracy on the other classes',
};

function publishedOf(metric: PatchMetric): PaperValue | null {
  const value = CNNSPLITTER_GAINS[metric];
  if (value !== null) return { value, source: '[ABS-ASE], mean of four networks and data sets' };
  const later = GRADSPLITTER_GAINS[metric];
  return later === null ? null : { value: later, source: '[ABS-TOSEM], by modules of GradSplitter' };
}

function rule(outputs: readonly Output[], arm: Arm, how: string): Finding[] {
  return (Object.keys(NAMES) as PatchMetric[]).flatMap((metric): Finding[] => {
    const gains = meanGains(outputs, (output) => difference(output.weak[metric], output.patched[arm][metric]));
    const control = meanGains(outputs, (output) => difference(output.weak[metric], output.patched.control[metric]));
    const above = meanGains(outputs, ({ patched }) => difference(patched.control[metric], patched[arm][metric]));
    const published = publishedOf(metric);
    const claimed: Claim =
      published === null ? { kind: 'above 0', relevant: 1 } : { kind: 'at least', limit: published.value };
    const leftOut = gains.leftOut === 0 ? '' : ` ${gains.leftOut} of ${outputs.length} left out: a precision of 0 / 0.`;
    return [
      {
        what: `change of the ${NAMES[metric]}, ${how}`,
        unit: 'points',
        published,
        ours: overSeeds(gains.values),
        control: { name: 'calibration without a module', ...overSeeds(control.values) },
        test: testEffect(intervalOverSeeds(gains.values, gains.error), gains.mean, claimed),
        why: `By kind of weak model: ${byKind(outputs, arm, metric)}.${leftOut}`,
      },
      {
        what: `${NAMES[metric]}, ${how}, above the control`,
        unit: 'points',
        published: null,
        ours: overSeeds(above.values),
        control: null,
        test: testEffect(intervalOverSeeds(above.values, above.error), above.mean, { kind: 'above 0', relevant: 1 }),
        why: 'What the module adds to a calibration of the weak model alone, on the same images.',
      },
    ];
  });
}

const difference = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : 100 * (to - from);

/**
 * Means over kinds and target classes, one per seed, and the error by the choice of classes and test images: every target class has
 * images of its own, so the deviation over classes holds both.
 */
function meanGains(outputs: readonly Output[], gain: (output: Output) => number | null) {
  const mean = (own: readonly Output[]) => {
    const values = own.flatMap((output) => gain(output) ?? []);
    return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const of = <K>(key: (output: Output) => K) =>
    [...new Set(outputs.map(key))].map((value) => mean(outputs.filter((output) => key(output) === value)));
  const classes = overSeeds(of(({ target }) => target).filter((value) => !Number.isNaN(value)));
  return {
    values: of(({ seed }) => seed),
    mean: mean(outputs),
    error: (classes.std ?? 0) / Math.sqrt(classes.values.length),
    leftOut: outputs.filter((output) => gain(output) === null).length,
  };
}

function byKind(outputs: readonly Output[], arm: Arm, metric: PatchMetric): string {
  return WEAK_KINDS.map((kind) => {
    const own = outputs.filter((output) => output.kind === kind);
    const { mean } = meanGains(own, (output) => difference(output.weak[metric], output.patched[arm][metric]));
    return `${kind} ${mean.toFixed(1).replace('-', '−')}`;
  }).join(', ');
}
