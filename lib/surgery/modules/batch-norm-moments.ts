import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import type { ImageSet } from '../../datasets/dataset.js';
import * as tf from '../../tf.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { layerType, mixesChannels } from '../layers/table.js';
import { readLayerGraph, type LayerNode } from '../graph/layer-graph.js';
import type { ModelTrace } from '../trace/trace.js';

/**
 * Batch normalisations of a network whose input is another one in a module: some layer in front of them reads fewer
 * channels. The others see what they saw before.
 */
export function changedBatchNorms(trace: ModelTrace, selection: KernelSelection): Set<string> {
  const kept = keptChannels(trace, selection);
  const changed = new Set<string>();
  for (const layer of trace.layers) {
    const { name, inputs } = layer;
    // What a layer that mixes channels puts out changes when one of them is gone.
    const loses = mixesChannels(layer) && inputs.some((input) => kept.get(input) !== null);
    if (loses || inputs.some((input) => changed.has(input))) changed.add(name);
  }
  return new Set(
    trace.layers
      .filter(({ name, className }) => layerType(className)?.scaleAndShift !== undefined && changed.has(name))
      .map(({ name }) => name),
  );
}

/** A model of one's own with the batch normalisations that are to be estimated anew. */
export interface MomentsToEstimate {
  /** Its moving means and variances are overwritten. */
  readonly model: tf.LayersModel;
  readonly layers: ReadonlySet<string>;
}

/**
 * Puts the mean and variance of the maps on these images in place of the moving moments, which batch normalisations
 * remember from another network: the whole one that a module was cut out of. Maps behind a re-estimated layer are those
 * that its new moments give, batch by batch.
 * @param images balanced over all classes, in an order whose every stretch is balanced
 * @param check called before every batch; throws to stop, with all models unchanged
 */
export async function reestimateBatchNorm(
  models: readonly MomentsToEstimate[],
  images: ImageSet,
  { batchSize = IMAGES_PER_PASS, check }: { batchSize?: number; check?: () => void } = {},
): Promise<void> {
  const running = models
    .filter(({ layers }) => layers.size > 0)
    .map(({ model, layers }) => ({ layers, graph: readLayerGraph(model), sums: new Map<string, MomentSums>() }));
  if (running.length === 0) return;
  await passOver(images, { task: 'batch norm moments', batchSize, check }, ({ x }) => {
    for (const { graph, layers, sums } of running) addMoments(graph, layers, x, sums);
  });
  for (const { graph, layers, sums } of running) {
    for (const { name, layer } of graph) {
      if (!layers.has(name)) continue;
      const { images: n, mean, square } = sums.get(name)!;
      const means = mean.map((sum) => sum / n);
      const variances = square.map((sum, i) => Math.max(0, sum / n - means[i] ** 2));
      tf.tidy(() => {
        const moments = [means, variances].map((values) => tf.tensor1d(Float32Array.from(values)));
        layer.setWeights([...layer.getWeights().slice(0, -2), ...moments]);
      });
    }
  }
}

/** Sums over images: of the maps' means, and of the means of their squares. */
interface MomentSums {
  images: number;
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

function addMoments(
  graph: readonly LayerNode[],
  layers: ReadonlySet<string>,
  x: tf.Tensor4D,
  sums: Map<string, MomentSums>,
): void {
  tf.tidy(() => {
    const maps = new Map<string, tf.Tensor>();
    for (const { name, inputs, layer } of graph) {
      const read = inputs.map((input) => maps.get(input)!);
      if (inputs.length === 0) maps.set(name, x);
      else if (layers.has(name)) maps.set(name, normaliseByBatch(layer, name, read[0], sums));
      else maps.set(name, layer.apply(read.length === 1 ? read[0] : read, { training: false }) as tf.Tensor);
    }
  });
}

function normaliseByBatch(
  layer: tf.layers.Layer,
  name: string,
  x: tf.Tensor,
  sums: Map<string, MomentSums>,
): tf.Tensor {
  const {
    scale = true,
    center = true,
    epsilon,
  } = layer.getConfig() as {
    scale?: boolean;
    center?: boolean;
    epsilon: number;
  };
  const own = layer.getWeights();
  const gamma = scale ? (own[0] as tf.Tensor1D) : undefined;
  const beta = center ? (own[scale ? 1 : 0] as tf.Tensor1D) : undefined;
  const { mean, variance } = tf.moments(x, [...Array(x.rank - 1).keys()]);
  const [means, variances] = [mean.dataSync<'float32'>(), variance.dataSync<'float32'>()];
  const [batch, channels] = [x.shape[0], means.length];
  let sum = sums.get(name);
  if (!sum) {
    sum = { images: 0, mean: new Float64Array(channels), square: new Float64Array(channels) };
    sums.set(name, sum);
  }
  sum.images += batch;
  for (let c = 0; c < channels; c++) {
    sum.mean[c] += batch * means[c];
    sum.square[c] += batch * (variances[c] + means[c] ** 2);
  }
  return tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
}
