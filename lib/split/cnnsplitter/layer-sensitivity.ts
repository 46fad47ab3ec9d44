import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { firstPerClass, subset } from '../../datasets/subset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import { ProgressMeter } from '../../run/progress.js';
import type { Workers } from '../../run/worker-pool.js';
import { createModuleRunner, type ModuleRunner } from '../../surgery/modules/module-runner.js';
import { imagesPerPass } from '../../surgery/passes/images-per-pass.js';
import { fullSelection, type KernelSelection } from '../../surgery/trace/kernel-selection.js';
import { type ModelTrace, selectionFromUnits, traceModel } from '../../surgery/trace/trace.js';
import type * as tf from '../../tf.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { type KernelOrders, kernelOrders } from './kernel-orders.js';
import { kernelScores } from './kernel-scores.js';
import type { CnnSplitterSettings } from './options.js';

/** How the composed model's accuracy falls when one layer alone is cut. Plain data. */
export interface LayerSensitivity {
  readonly kind: 'layerSensitivity';
  /** Shares of a layer's kernels kept, growing. */
  readonly ratios: readonly number[];
  /** In network order. */
  readonly layers: readonly LayerCurve[];
  /** Accuracy of the uncut modules together, which is the strong model's, 0–1. */
  readonly fullAccuracy: number;
  /** Ids of the layers that the rule of {@link layerSensitivity} calls sensitive. */
  readonly sensitive: readonly string[];
  /** Images that the accuracies are of. */
  readonly images: number;
}

/** The sensitivity of one layer. Plain data. */
export interface LayerCurve {
  /** Name of the layer; of layers tied by additions the first. */
  readonly id: string;
  /** The layers that are cut together. */
  readonly layers: readonly string[];
  readonly kernels: number;
  /** Accuracy of the composed modules per ratio, 0–1. */
  readonly accuracy: readonly number[];
  /** Mean of fullAccuracy − accuracy over the ratios below 1. */
  readonly meanLoss: number;
}

/** What {@link layerSensitivity} can be told. */
export interface LayerSensitivityOptions extends RunOptions {
  /** Default 0.1, 0.2, … 1, as in the paper. */
  ratios?: readonly number[];
  /** The first so many images of each class. Default: all. */
  imagesPerClass?: number;
  /** As in `split`. */
  importance?: CnnSplitterSettings['importance'];
  /** As in `split`. Default 'even'. */
  weighting?: 'even' | 'uncertain';
  minConfidence?: number;
  batchSize?: number;
  workers?: Workers;
}

const PUBLISHED_RATIOS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * Sensitivity curves of a strong model's layers (spec cnnsplitter §2.3): for every convolution layer and every ratio r,
 * each class's module keeps the floor(r · kernels) kernels of this layer that are most important for its class, at least
 * one, and all kernels elsewhere; the value is the accuracy of all modules together.
 *
 * The authors chose sensitive layers by eye. The rule here: a layer is sensitive when its mean loss of accuracy over the
 * ratios below 1 is above the average of all layers' mean losses.
 * @param validation images that `strong` was not trained on
 * @throws OptionError on ratios that are not growing numbers in (0, 1], or images that do not fit; InterruptedError
 * @example
 * const sensitivity = await layerSensitivity(strong, validation, { ratios: [0.5, 1], imagesPerClass: 1 });
 * console.log(`sensitive: ${sensitivity.sensitive.join(', ')}`);
 */
export async function layerSensitivity(
  strong: tf.LayersModel,
  validation: ImageSet,
  options: LayerSensitivityOptions = {},
): Promise<LayerSensitivity> {
  await ensureBackend();
  const { ratios = PUBLISHED_RATIOS, imagesPerClass, importance = 'activation', minConfidence = 0.9 } = options;
  const { batchSize = IMAGES_PER_PASS, workers = 'auto', weighting = 'even', onProgress, signal } = options;
  if (ratios.length === 0 || ratios.some((r, i) => !(r > (ratios[i - 1] ?? 0) && r <= 1))) {
    throw new OptionError(`ratios: expected growing numbers above 0 up to 1, got ${JSON.stringify(ratios)}.`);
  }
  requireLogits('layerSensitivity', strong);
  requireFittingImages('layerSensitivity', strong, validation);
  const images =
    imagesPerClass === undefined ? validation : subset(validation, firstPerClass(validation, imagesPerClass));
  const trace = traceModel(strong);
  const stopped = interruption(signal);
  const check = () => {
    if (stopped()) throw new InterruptedError('The sensitivity analysis stopped.');
  };
  const orders = kernelOrders(
    await kernelScores(strong, trace, images, {
      ...{ importance, weighting, minConfidence, batchSize, signal },
      seed: options.seed,
    }),
  );
  const runner = createModuleRunner(strong, images, {
    batchSize: imagesPerPass([{ images: images.labels.length, modules: 1 }], batchSize),
    workers,
  });
  const total = trace.groups.filter((group) => !group.protected).length * ratios.length;
  const meter = new ProgressMeter(onProgress, 'layer sensitivity', total, 'points');
  try {
    return await sensitivityCurves({ trace, orders, images, runner, ratios, check, onPoints: (n) => meter.update(n) });
  } finally {
    await runner.close();
  }
}

export interface SensitivityTask {
  readonly trace: ModelTrace;
  readonly orders: KernelOrders;
  readonly images: ImageSet;
  readonly runner: ModuleRunner;
  readonly ratios: readonly number[];
  readonly check: () => void;
  /** Called with the points of all curves that are done. */
  readonly onPoints?: (points: number) => void;
}

/** {@link layerSensitivity} with everything prepared. */
export async function sensitivityCurves(task: SensitivityTask): Promise<LayerSensitivity> {
  const { trace, orders, images, runner, ratios, check, onPoints } = task;
  const { labels, classNames } = images;
  const accuracyOf = async (selections: readonly (readonly KernelSelection[])[], onDone?: (n: number) => void) => {
    const modules = selections.flatMap((perClass) =>
      perClass.map((selection, classIndex) => ({ selection, classIndex })),
    );
    const logits = await runner.run(modules, Int32Array.from(labels.keys()), check, onDone);
    return selections.map((_, i) =>
      composedAccuracy(logits.slice(i * classNames.length, (i + 1) * classNames.length), labels),
    );
  };
  const full = fullSelection(trace);
  const [fullAccuracy] = await accuracyOf([classNames.map(() => full)]);
  const cut = ratios.filter((ratio) => ratio < 1);
  const layers: LayerCurve[] = [];
  for (const group of trace.groups) {
    if (group.protected) continue;
    const kernels = group.units.length;
    const selections = cut.map((ratio) =>
      orders[group.id].map((order) => {
        const kept = new Uint8Array(kernels);
        // The small addition keeps 10 · 0.7 = 7.000000000000001 and 10 · 0.6 = 6 from being floored differently.
        for (const unit of order.slice(0, Math.max(1, Math.floor(ratio * kernels + 1e-9)))) kept[unit] = 1;
        return selectionFromUnits(trace, { [group.id]: kept });
      }),
    );
    const before = layers.length * ratios.length;
    const accuracy = await accuracyOf(selections, (done) => onPoints?.(before + Math.floor(done / classNames.length)));
    const meanLoss = accuracy.reduce((sum, a) => sum + fullAccuracy - a, 0) / Math.max(1, accuracy.length);
    if (cut.length < ratios.length) accuracy.push(fullAccuracy);
    layers.push({ id: group.id, layers: group.layers, kernels, accuracy, meanLoss });
    onPoints?.(layers.length * ratios.length);
  }
  const average = layers.reduce((sum, { meanLoss }) => sum + meanLoss, 0) / Math.max(1, layers.length);
  const sensitive = layers.filter(({ meanLoss }) => meanLoss > average).map(({ id }) => id);
  return { kind: 'layerSensitivity', ratios, layers, fullAccuracy, sensitive, images: labels.length };
}

/** Share of images whose own class has the highest logit; of equals the first class wins. */
function composedAccuracy(logits: readonly Float32Array[], labels: Int32Array): number {
  let hits = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < logits.length; c++) if (logits[c][i] > logits[best][i]) best = c;
    if (best === labels[i]) hits++;
  }
  return hits / labels.length;
}
