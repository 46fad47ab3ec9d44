import { ensureBackend } from '../backend/ensure-backend.js';
import { composeModules } from '../compose/composed-model.js';
import type { ImageSet } from '../datasets/dataset.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, OptionError } from '../errors.js';
import { type AssumedPower, type CostReport, measureCost } from '../metrics/measure-cost.js';
import { countParameters } from '../models/count-parameters.js';
import type { Calibration } from '../patch/calibration.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import { split } from '../split/split.js';
import { type OptionsOf, type SplitMethod, SPLITTERS } from '../split/splitters.js';
import type { Module } from '../surgery/modules/module.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import type * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { type PatchGain, patchGains } from './patch-gains.js';

const METHODS = Object.keys(SPLITTERS) as SplitMethod[];

/** Images by what they are for; none may be in two of them. */
export interface CompareImages {
  /** What the strong model was trained on: decompose observes it, GradSplitter learns on it. */
  readonly train: ImageSet;
  /** CNNSplitter searches on it, GradSplitter chooses its epoch by it, and patches are calibrated on it. */
  readonly validation: ImageSet;
  /** What is reported. */
  readonly test: ImageSet;
}

/** What {@link compareSplitters} can be told. */
export interface CompareSplittersOptions extends RunOptions {
  /** Settings per method; a method that is not named is left out. Default: all of them, at their default preset. */
  readonly methods?: { readonly [Method in SplitMethod]?: OptionsOf<Method> };
  /** A weak model of the same classes to patch with every method's modules. Without it there are no patch gains. */
  readonly weak?: tf.LayersModel;
  /** Classes to patch, one at a time. Default: all. */
  readonly targetClasses?: readonly string[];
  /** Default 'minMax'. */
  readonly calibration?: Calibration;
  readonly assumedPower?: AssumedPower;
}

/** One method on the strong model. Plain data; shares are 0–1. */
export interface SplitterRow {
  readonly kind: 'splitterRow';
  readonly method: SplitMethod;
  readonly strongAccuracy: number;
  /** Of all modules side by side, on the test images. */
  readonly composedAccuracy: number;
  /** Mean share that a module keeps: of kernels, or (decompose) of the nodes of convolutions. */
  readonly kept: number;
  /** The modules' kind: 'kernels' or 'nodes'. */
  readonly keptOf: string;
  /** Mean parameters that one module needs to run alone; of decompose the whole network's, with two output columns. */
  readonly parameters: number;
  readonly strongParameters: number;
  /** Mean multiply-adds of one image through one module. */
  readonly macs: number;
  /** Multiply-adds of one test image through all modules together, as they ran. */
  readonly composedMacs: number;
  readonly strongMacs: number;
  /** Of splitting. Work of worker threads is in its times, not in its multiply-adds. */
  readonly cost: CostReport;
  /** One per target class, in their order; empty without a weak model. */
  readonly patches: readonly PatchGain[];
}

/**
 * Splits one strong model by several methods and puts what comes out side by side: accuracy of the modules together, their size, what
 * they cost and what they are worth as patches. Every method runs with its own rule: logits of modules side by side
 * (CNNSplitter), scores of heads (GradSplitter), margins (decompose).
 * @param strong logits; traceable, ReLU only for 'decompose'
 * @returns a row per method, in the order of `SPLITTERS`
 * @throws OptionError on bad options or an unknown target class; InterruptedError on `signal`
 * @example
 * const rows = await compareSplitters(strong, { train, validation, test }, {
 *   methods: { decompose: { preset: 'smoke' }, cnnsplitter: { preset: 'smoke', generations: 0, keep: 0.5 } },
 *   seed: 1,
 * });
 * plot.compareSplitters(rows).show();
 */
export async function compareSplitters(
  strong: tf.LayersModel,
  images: CompareImages,
  options: CompareSplittersOptions = {},
): Promise<SplitterRow[]> {
  await ensureBackend();
  const {
    methods = Object.fromEntries(METHODS.map((method) => [method, {}])),
    onProgress,
    signal,
    assumedPower,
  } = options;
  const unknown = Object.keys(methods).find((name) => !Object.hasOwn(SPLITTERS, name));
  if (unknown !== undefined || Object.keys(methods).length === 0) {
    throw new OptionError(`methods: expected some of ${METHODS.join(', ')}, got ${unknown ?? 'none'}.`);
  }
  const stopped = interruption(signal);
  const wanted = METHODS.filter((method) => methods[method]);
  const meter = new ProgressMeter(onProgress, 'compare splitters', wanted.length, 'splitters');
  const run = { seed: options.seed, onProgress: meter.inner, signal };
  const pass = { onProgress: meter.inner, signal };
  const strongAccuracy = (await evaluate(strong, images.test, { ...pass, task: 'test the strong model' })).accuracy;
  const rows: SplitterRow[] = [];
  for (const method of wanted) {
    if (stopped()) throw new InterruptedError(`The comparison stopped before '${method}'.`);
    const { result: found, cost } = await measureCost(() => splitBy(method, strong, images, methods, run), {
      model: strong,
      assumedPower,
    });
    try {
      const composed = composeModules(found.modules);
      const tested = await measureCost(() =>
        evaluate(composed, images.test, { ...pass, task: `test the modules of ${method}` }),
      ).finally(() => composed.dispose());
      rows.push({
        kind: 'splitterRow',
        method,
        strongAccuracy,
        composedAccuracy: tested.result.accuracy,
        kept: found.kept,
        keptOf: found.modules[0].kind,
        parameters: mean(found.modules.map(({ parameters }) => parameters)),
        strongParameters: countParameters(strong).parameters,
        macs: mean(found.modules.map(({ macs }) => macs)),
        composedMacs: tested.cost.macs / images.test.labels.length,
        strongMacs: countMacs(strong).total,
        cost,
        patches: options.weak
          ? await patchGains(options.weak, found.modules, images, { ...options, ...pass, task: `patch with ${method}` })
          : [],
      });
    } finally {
      found.modules.forEach((module) => module.dispose());
    }
    meter.update(rows.length);
  }
  return rows;
}

/** What a method made of the model. */
interface Found {
  readonly modules: readonly Module[];
  readonly kept: number;
}

async function splitBy(
  method: SplitMethod,
  strong: tf.LayersModel,
  { train, validation }: CompareImages,
  methods: NonNullable<CompareSplittersOptions['methods']>,
  run: RunOptions,
): Promise<Found> {
  const sets = { train, validation, 'train and validation': { train, validation } };
  const own = { ...run, ...methods[method], method } as { method: SplitMethod };
  const { modules, keptRatio } = await split(strong, sets[SPLITTERS[method].takes] as never, own);
  return { modules: Object.values<Module>(modules), kept: keptRatio };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
