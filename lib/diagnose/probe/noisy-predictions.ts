import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import { seedStream } from '../../run/mt19937.js';
import type { LayerTail } from '../../surgery/passes/layer-tail.js';
import * as tf from '../../tf.js';

/** How a set of images fared under noise. */
export interface ProbedImages {
  /** Images that count. */
  readonly images: number;
  /** Per draw, images per noise level. */
  readonly counts: readonly {
    /** Predicted to be of their true class. */
    readonly right: Int32Array;
    /** Predicted as without noise. */
    readonly unchanged: Int32Array;
  }[];
}

/** The passes stop where they report, more than once per batch. */
const pausesInstead = (): void => undefined;

/**
 * Adds noise to the map at a cut and counts the predictions. The noise of an image depends on the seed, the draw and the image's
 * position only.
 * @param counting whether an image counts, by its label and its prediction without noise
 * @param run.noise standard deviations, in the map's units
 * @param run.pause called with the images that are done since the last call
 */
export async function noisyPredictions(
  cut: LayerTail,
  set: ImageSet,
  counting: (label: number, predicted: number) => boolean,
  run: {
    noise: readonly number[];
    draws: number;
    seed: number;
    batchSize: number;
    pause: (images: number) => Promise<void>;
  },
): Promise<ProbedImages> {
  const { noise, draws, seed, batchSize, pause } = run;
  const counts = Array.from({ length: draws }, () => ({
    right: new Int32Array(noise.length),
    unchanged: new Int32Array(noise.length),
  }));
  let images = 0;
  await passOver(set, { task: 'probe', batchSize, check: pausesInstead }, async ({ x, labels, indices }) => {
    const { map, carried } = cut.untilLayer(x);
    try {
      const predict = (disturbed: tf.Tensor4D): Int32Array =>
        tf.argMax(cut.fromLayer(disturbed, carried), 1).dataSync<'int32'>().slice();
      const undisturbed = tf.tidy(() => predict(map));
      const rows = Array.from(labels.keys()).filter((i) => counting(labels[i], undisturbed[i]));
      images += rows.length;
      for (let draw = 0; draw < draws; draw++) {
        const deviates = standardNormals(map, indices, (i) => seedStream(seed, `probe/${draw}/${i}`));
        try {
          noise.forEach((s, level) => {
            const predicted =
              s === 0 ? undisturbed : tf.tidy(() => predict(tf.add<tf.Tensor4D>(map, tf.mul(deviates, s))));
            for (const i of rows) {
              if (predicted[i] === labels[i]) counts[draw].right[level]++;
              if (predicted[i] === undisturbed[i]) counts[draw].unchanged[level]++;
            }
          });
        } finally {
          deviates.dispose();
        }
        await pause(labels.length);
      }
    } finally {
      tf.dispose([map, ...carried]);
    }
  });
  return { images, counts };
}

function standardNormals(
  map: tf.Tensor4D,
  indices: Int32Array,
  streamOf: (image: number) => { nextNormal: () => number },
): tf.Tensor4D {
  const size = map.size / indices.length;
  const values = new Float32Array(map.size);
  indices.forEach((image, row) => {
    const stream = streamOf(image);
    for (let i = row * size; i < (row + 1) * size; i++) values[i] = stream.nextNormal();
  });
  return tf.tensor4d(values, map.shape);
}

/** Standard deviation of all values of the maps at a cut. */
export async function mapDeviation(
  cut: LayerTail,
  set: ImageSet,
  batchSize: number,
  pause: () => Promise<void>,
): Promise<number> {
  let [count, sum, squares] = [0, 0, 0];
  await passOver(set, { task: 'probe', batchSize, check: pausesInstead }, async ({ x }) => {
    tf.tidy(() => {
      const values = cut.untilLayer(x).map.dataSync<'float32'>();
      for (const value of values) {
        sum += value;
        squares += value * value;
      }
      count += values.length;
    });
    await pause();
  });
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
