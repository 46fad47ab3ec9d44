import { ensureBackend } from '../backend/ensure-backend.js';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { classCounts } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import { modelDigest } from '../models/model-digest.js';
import { runSumsPass } from '../run/checkpoint/resumable-sums.js';
import { seedStream } from '../run/mt19937.js';
import type { RunOptions } from '../run/options.js';
import { compileUntilLayer } from '../surgery/passes/cut-inference.js';
import { cutAtLayer } from '../surgery/passes/layer-tail.js';
import { type RelevantKernels, requireRelevantKernels } from '../surgery/trace/relevant-kernels.js';
import * as tf from '../tf.js';
import { requireFittingImages } from '../training/check-images.js';

/** What {@link causalCheck} can be told. */
export interface CausalCheckOptions extends RunOptions {
  /** How many random sets of kernels each class is compared with. Default 5. */
  draws?: number;
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** File that an interrupted call goes on from, with the same result. */
  checkpoint?: string;
}

/** What silencing kernels does to one class, and to all other classes together. Accuracies 0–1. */
export interface SilencedAccuracy {
  readonly own: number;
  /** Null when there are no other images. */
  readonly others: number | null;
}

/** What silencing kernels does to one class. Plain data. */
export interface CausalRow {
  readonly className: string;
  readonly images: number;
  /** Kernels silenced: the class's relevant ones, and as many random ones. */
  readonly kernels: number;
  readonly before: SilencedAccuracy;
  readonly relevant: SilencedAccuracy;
  /** One per draw. */
  readonly random: readonly SilencedAccuracy[];
}

/** Whether the kernels that a diagnosis calls relevant are. Plain data. */
export interface CausalCheck {
  readonly kind: 'causalCheck';
  readonly layer: string;
  readonly kernels: number;
  readonly seed: number;
  readonly draws: number;
  /** Only classes with images and relevant kernels, but not all of the layer's. */
  readonly rows: readonly CausalRow[];
  /** Means over the rows (and draws) of what the class's accuracy loses. */
  readonly meanDrop: { readonly relevant: number; readonly random: number };
  /** Rows in which the relevant kernels cost the class more than the random ones do on average. */
  readonly stronger: number;
}

/**
 * Silences the kernels that each class relies on, and random ones of the same number, and measures the class's accuracy
 * (spec doctor §12.2). A silenced kernel's map is 0 where the gradients were taken: before batch norm and activation.
 * @param relevant e.g. one layer of a diagnosis
 * @param set images that the diagnosis has not seen
 * @param options.seed the random kernels are drawn from it
 * @throws OptionError when kernels, images or options do not fit; ModelError when the layer cannot be cut at;
 *   InterruptedError
 * @example
 * const { relevance } = await diagnose(strong, validation);
 * const check = await causalCheck(strong, relevance[0], test, { draws: 1, seed: 1 });
 * plot.causalCheck(check).show();
 */
export async function causalCheck(
  model: tf.LayersModel,
  relevant: RelevantKernels,
  set: ImageSet,
  options: CausalCheckOptions = {},
): Promise<CausalCheck> {
  await ensureBackend();
  const { draws = 5, batchSize = IMAGES_PER_PASS, seed = 0 } = options;
  if (!Number.isInteger(draws) || draws < 1) {
    throw new OptionError(`draws: expected a whole number from 1 on, got ${draws}.`);
  }
  requireFittingImages('causalCheck', model, set);
  requireRelevantKernels('causalCheck', relevant);
  const { layer, kernels, mask } = relevant;
  const tail = cutAtLayer(model, layer);
  if (tail.mapShape[2] !== kernels || mask.length !== set.classNames.length) {
    throw new OptionError(
      `causalCheck: expected kernels for ${set.classNames.length} classes of the ${tail.mapShape[2]} kernels of '${layer}', got ` +
        `${mask.length} classes and ${kernels} kernels.`,
    );
  }
  const counts = mask.map((row) => row.reduce((a, b) => a + b, 0));
  const images = classCounts(set);
  const tested = [...counts.keys()].filter((c) => images[c] > 0 && counts[c] > 0 && counts[c] < kernels);
  // 0: nothing silenced; then per class the relevant kernels and the draws
  const silenced = [
    new Array<number>(kernels).fill(0),
    ...tested.flatMap((c) => [mask[c], ...randomKernels(counts[c], kernels, draws, seed, set.classNames[c])]),
  ];
  const classes = set.classNames.length;
  const hits = new Float64Array(silenced.length * classes);
  const front = compileUntilLayer(model, tail);
  const steps = Math.ceil(set.labels.length / batchSize);
  try {
    await runSumsPass({
      task: 'silence kernels',
      steps,
      unit: 'batches',
      sums: [hits],
      step: async (i) => {
        const order = Int32Array.from(set.labels.keys()).slice(i * batchSize, (i + 1) * batchSize);
        const [{ x, labels }] = batches(set, { batchSize, order });
        const { map, carried } = front.run(x);
        try {
          for (const [s, bits] of silenced.entries()) {
            const winners = tf.tidy(() => {
              const kept = tf.tensor1d(bits.map((bit) => 1 - bit));
              return tf.argMax(tail.fromLayer(tf.mul(map, kept), carried), 1);
            });
            const predicted = await winners.data();
            winners.dispose();
            labels.forEach((label, b) => (hits[s * classes + label] += Number(predicted[b] === label)));
          }
        } finally {
          tf.dispose([x, map, ...carried]);
        }
      },
      onProgress: options.onProgress,
      signal: options.signal,
      checkpoint: options.checkpoint,
      about: () => ({
        options: { layer, draws, seed, batchSize, mask },
        images: imageSetDigest(set),
        weights: modelDigest(model),
      }),
    });
  } finally {
    front.dispose();
  }
  const accuracy = (s: number, c: number): SilencedAccuracy => {
    const own = hits.subarray(s * classes, (s + 1) * classes);
    const otherImages = set.labels.length - images[c];
    const otherHits = own.reduce((a, b) => a + b, 0) - own[c];
    return { own: own[c] / images[c], others: otherImages === 0 ? null : otherHits / otherImages };
  };
  const rows = tested.map((c, t): CausalRow => {
    const first = 1 + t * (1 + draws);
    return {
      className: set.classNames[c],
      images: images[c],
      kernels: counts[c],
      before: accuracy(0, c),
      relevant: accuracy(first, c),
      random: Array.from({ length: draws }, (_, d) => accuracy(first + 1 + d, c)),
    };
  });
  return { kind: 'causalCheck', layer, kernels, seed, draws, rows, ...verdict(rows) };
}

function verdict(rows: readonly CausalRow[]): Pick<CausalCheck, 'meanDrop' | 'stronger'> {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const relevant = rows.map((row) => row.before.own - row.relevant.own);
  const random = rows.map((row) => row.before.own - mean(row.random.map(({ own }) => own)));
  return {
    meanDrop: { relevant: mean(relevant), random: mean(random) },
    stronger: relevant.filter((drop, i) => drop > random[i]).length,
  };
}

/** Sets of `count` different kernels, as 0/1 rows. */
function randomKernels(count: number, kernels: number, draws: number, seed: number, className: string): number[][] {
  const rng = seedStream(seed, `random kernels/${className}`);
  return Array.from({ length: draws }, () => {
    const bits = new Array<number>(kernels).fill(0);
    for (const kernel of rng.permutation(kernels).subarray(0, count)) bits[kernel] = 1;
    return bits;
  });
}
