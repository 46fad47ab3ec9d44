import { composeModules } from '../compose/composed-model.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { OptionError } from '../errors.js';
import { modelDigest } from '../models/model-digest.js';
import { experimentRows } from '../run/experiment-rows.js';
import { seedStream } from '../run/mt19937.js';
import type { RunOptions } from '../run/options.js';
import type { CnnSplitterOptions } from '../split/cnnsplitter/options.js';
import { resolveSettings } from '../split/cnnsplitter/resolve-settings.js';
import { split } from '../split/split.js';
import { createExtractor } from '../surgery/modules/extract.js';
import { finishModules } from '../surgery/modules/finish-modules.js';
import { inClassOrder } from '../surgery/modules/in-class-order.js';
import type { KernelModule } from '../surgery/modules/kernel-module.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import { keptRatio, meanDifference } from '../surgery/trace/kernel-selection.js';
import { redrawKernels } from '../surgery/trace/redraw-kernels.js';
import { type ModelTrace, traceModel } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import { requireFittingImages } from '../training/check-images.js';
import { evaluate } from '../training/evaluate.js';
import type { FrontRow } from './summarise-front.js';

/** Images by what they are for; none may be in two of them. */
export interface FrontImages {
  /** Kernels are chosen by these. */
  readonly search: ImageSet;
  /** Modules are repaired on these after cutting. */
  readonly finish: ImageSet;
  /** What is reported. */
  readonly test: ImageSet;
}

/** A way to choose kernels: settings of CNNSplitter, and what is measured beside its modules. */
export interface FrontWay extends Omit<
  CnnSplitterOptions,
  'keep' | 'finish' | 'checkpoint' | 'onProgress' | 'signal' | 'seed' | 'finishImages' | 'heldOutImages'
> {
  /** Shares of kernels to keep, where others than those of all ways. */
  readonly keeps?: readonly number[];
  /** Name of a second row: the same modules repaired after cutting, which is not published (see `finishModules`). */
  readonly repaired?: string;
  /** Name of a control: as many kernels of every layer, drawn by lot. */
  readonly byLot?: string;
}

/** What {@link splitFront} can be told. */
export interface SplitFrontOptions extends Omit<RunOptions, 'seed'> {
  /** By their names. */
  readonly ways: Readonly<Record<string, FrontWay>>;
  /** Shares of kernels that modules are to keep, 0–1; ways without a budget find their own. Default .7, .6, .5, .4. */
  readonly keeps?: readonly number[];
  /** Default [1]. */
  readonly seeds?: readonly number[];
  /** File of the finished rows: an interrupted call goes on behind the last one. */
  readonly checkpoint?: string;
}

const KEEPS = [0.7, 0.6, 0.5, 0.4];

/**
 * What modules of several sizes lose: splits a model in several ways at several budgets, and measures all modules together on
 * images that had no part in choosing or repairing them.
 * @param strong logits: [batch, height, width, channels] → [batch, classes]
 * @returns rows of plain data, way by way, size by size, seed by seed; each followed by its repaired row and its control where asked for.
 *   `seconds` is the wall time of the split with its tests
 * @throws OptionError on bad options, or two ways of one name; InterruptedError on `signal`
 * @example
 * const rows = await splitFront(strong, { search: validation, finish: train, test }, {
 *   ways: { 'all layers together': { preset: 'smoke', generations: 0, byLot: 'by lot' } }, keeps: [0.7, 0.5],
 * });
 * plot.splitFront(rows).show();
 */
export async function splitFront(
  strong: tf.LayersModel,
  images: FrontImages,
  options: SplitFrontOptions,
): Promise<FrontRow[]> {
  const { ways, keeps = KEEPS, seeds = [1], checkpoint, onProgress, signal } = options;
  const names = Object.entries(ways).flatMap(([name, { repaired, byLot }]) =>
    [name, repaired, byLot].filter((each) => each !== undefined),
  );
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (names.length === 0 || twice !== undefined) {
    throw new OptionError(
      `ways: expected at least one, each of a name of its own, got ${twice === undefined ? 'none' : `'${twice}' twice`}.`,
    );
  }
  const tasks = Object.entries(ways).flatMap(([name, { keeps: own = keeps, ...way }]) => {
    const budgeted = resolveSettings(way).initialisation === 'budget';
    return (budgeted ? own : [null]).flatMap((keep) => seeds.map((seed) => ({ name, way, keep, seed })));
  });
  requireFittingImages('splitFront, finish', strong, images.finish, images.search);
  requireFittingImages('splitFront, test', strong, images.test, images.search);
  const sets = [images.search, images.finish, images.test];
  const fingerprint = checkpoint ? JSON.stringify([tasks, modelDigest(strong), ...sets.map(imageSetDigest)]) : '';
  const keys = tasks.map(({ name, keep, seed }) => JSON.stringify([name, keep, seed]));
  const plan = { task: 'front', unit: 'splits', keys, checkpoint, fingerprint, onProgress, signal };
  const rows = await experimentRows(plan, (index, _, inner) =>
    rowsOfSplit(strong, images, tasks[index], { onProgress: inner, signal }),
  );
  return rows.flat();
}

interface FrontTask {
  readonly name: string;
  readonly way: Omit<FrontWay, 'keeps'>;
  readonly keep: number | null;
  readonly seed: number;
}

async function rowsOfSplit(
  strong: tf.LayersModel,
  { search, finish, test }: FrontImages,
  { name, way: { repaired, byLot, ...settings }, keep, seed }: FrontTask,
  run: Pick<RunOptions, 'onProgress' | 'signal'>,
): Promise<FrontRow[]> {
  const startedAt = performance.now();
  const options = { ...settings, ...(keep !== null && { keep }), seed, finish: false, heldOutImages: test, ...run };
  const { modules: cut, heldOut } = await split(strong, search, options);
  const seconds = (performance.now() - startedAt) / 1000;
  let modules: readonly KernelModule[] = inClassOrder(cut);
  const common = { keep, seed, images: heldOut.images, strongAccuracy: heldOut.strongAccuracy };
  const trace = traceModel(strong);
  try {
    const sizes = sizesOf(strong, modules);
    const rows: FrontRow[] = [
      { kind: 'frontRow', way: name, ...common, composedAccuracy: heldOut.composedAccuracy, ...sizes, seconds },
    ];
    if (byLot !== undefined) {
      const drawn = drawnByLot(strong, trace, modules, seed);
      try {
        const composedAccuracy = await accuracyOf(drawn, test, run.signal);
        rows.push({ kind: 'frontRow', way: byLot, ...common, composedAccuracy, ...sizesOf(strong, drawn), seconds });
      } finally {
        drawn.forEach((module) => module.dispose());
      }
    }
    if (repaired !== undefined) {
      const from = performance.now();
      ({ modules } = await finishModules(modules, strong, finish, { batchNorm: true, fitTo: 'auto' }));
      const both = seconds + (performance.now() - from) / 1000;
      const composedAccuracy = await accuracyOf(modules, test, run.signal);
      rows.push({ kind: 'frontRow', way: repaired, ...common, composedAccuracy, ...sizes, seconds: both });
    }
    return rows;
  } finally {
    modules.forEach((module) => module.dispose());
  }
}

/** Modules of as many kernels of every layer as the given ones keep, drawn by lot. */
function drawnByLot(
  strong: tf.LayersModel,
  trace: ModelTrace,
  modules: readonly KernelModule[],
  seed: number,
): KernelModule[] {
  const extractor = createExtractor(strong);
  const rng = seedStream(seed, 'front/by lot');
  const drawn = modules.map((module) => {
    const selection = redrawKernels(trace, module.selection, rng);
    return module.with({ selection, model: extractor.extract(selection) });
  });
  extractor.dispose();
  return drawn;
}

async function accuracyOf(modules: readonly KernelModule[], test: ImageSet, signal?: AbortSignal): Promise<number> {
  const composed = composeModules(modules);
  try {
    return (await evaluate(composed, test, { signal })).accuracy;
  } finally {
    composed.dispose();
  }
}

/** Means over modules, and how much these differ. */
function sizesOf(strong: tf.LayersModel, modules: readonly KernelModule[]) {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    kernelsKept: mean(modules.map(({ selection }) => keptRatio(selection))),
    macsKept: mean(modules.map(({ model }) => countMacs(model).total)) / countMacs(strong).total,
    diff: meanDifference(modules.map(({ selection }) => selection)),
  };
}
