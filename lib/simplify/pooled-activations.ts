import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import { compileInference } from '../surgery/passes/inference.js';
import type { ChannelGroup } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';

/** How strongly every unit of a layer answers to every image. */
export interface PooledActivations {
  readonly units: number;
  /** Per image and unit, [images × units], the mean over the positions of the unit's map after the activation, negative values as 0. */
  readonly mean: Float32Array;
  /** Per image and unit, [images × units], the share of the map's positions above 0. */
  readonly active: Float32Array;
  /** Class of every image. */
  readonly labels: Int32Array;
}

/**
 * Mean activation and share of active positions of every unit for every image. A unit that no single map shows (see
 * `ChannelGroup.readoutChannels`) has zeros.
 * @param check called between batches; throws to stop
 */
export async function pooledActivations(
  model: tf.LayersModel,
  group: ChannelGroup,
  images: ImageSet,
  check: () => void,
  batchSize = IMAGES_PER_PASS,
): Promise<PooledActivations> {
  const units = group.units.length;
  const count = images.labels.length;
  const mean = new Float32Array(count * units);
  const active = new Float32Array(count * units);
  const compiled = compileInference(model, { maps: [group.readout] });
  try {
    await passOver(images, { task: 'pooled activations', batchSize, check }, ({ x, indices }) => {
      tf.tidy(() => {
        const map = compiled.predictWithMaps(x).maps[group.readout];
        const channels = map.shape[map.rank - 1];
        const positions = [...Array(map.rank - 2).keys()].map((axis) => axis + 1);
        const pooled = tf.mean(tf.relu(map), positions).dataSync<'float32'>();
        const shares = tf.mean(tf.cast(tf.greater(map, 0), 'float32'), positions).dataSync<'float32'>();
        indices.forEach((image, row) => {
          group.readoutChannels.forEach((channel, unit) => {
            if (channel < 0) return;
            mean[image * units + unit] = pooled[row * channels + channel];
            active[image * units + unit] = shares[row * channels + channel];
          });
        });
      });
    });
  } finally {
    compiled.dispose();
  }
  return { units, mean, active, labels: images.labels };
}
