import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import { mixesChannels } from '../layers/table.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { type ModelTrace, traceGraph } from '../trace/trace.js';

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
      .filter(({ name, className }) => className === 'BatchNormalization' && changed.has(name))
      .map(({ name }) => name),
  );
}

/** A module's model and what it keeps of the whole network. */
export interface CutModel {
  /** Its moving means and variances are overwritten. */
  readonly model: tf.LayersModel;
  readonly selection: KernelSelection;
}

/**
 * Adapts the moving moments of batch normalisations, which a module has from the whole network, to the maps of the smaller
 * one: mean + (mean of its maps − mean of the whole network's), variance · (variance of its maps / that of the whole
 * network's), both on these images. The difference to the whole network on the same images, not the moments
 * themselves: the moving ones are of augmented images and of very many, and to put those of a few others in their place
 * can cost more than cutting did. Maps behind an adapted layer are those that its new moments give, batch by batch.
 * @param whole the network that the modules were cut out of
 * @param images balanced over all classes, in an order whose every stretch is balanced
 * @param check called before every batch; throws to stop, with all models unchanged
 * @returns per model the names of the layers that were adapted: those whose input changed
 */
export async function reestimateBatchNorm(
  whole: tf.LayersModel,
  models: readonly CutModel[],
  images: ImageSet,
  { batchSize = IMAGES_PER_PASS, check }: { batchSize?: number; check?: () => void } = {},
): Promise<ReadonlySet<string>[]> {
  const wholeGraph = readLayerGraph(whole);
  const trace = traceGraph(wholeGraph);
  const running = models.map(({ model, selection }) => ({
    graph: readLayerGraph(model),
    layers: changedBatchNorms(trace, selection),
    kept: keptChannels(trace, selection),
    own: new Map<string, MomentSums>(),
    before: new Map<string, MomentSums>(),
  }));
  const wanted = new Set(running.flatMap(({ layers }) => [...layers]));
  if (wanted.size === 0) return running.map(({ layers }) => layers);
  await passOver(images, { task: 'batch norm moments', batchSize, check }, ({ x }) => {
    const ofWhole = new Map<string, Moments>();
    runThrough(wholeGraph, x, (layer, map) => {
      if (wanted.has(layer.name)) ofWhole.set(layer.name, momentsOf(map));
      return layer.apply(map, { training: false }) as tf.Tensor;
    });
    for (const { graph, layers, kept, own, before } of running) {
      if (layers.size === 0) continue;
      runThrough(graph, x, (layer, map) => {
        if (!layers.has(layer.name)) return layer.apply(map, { training: false }) as tf.Tensor;
        const [cut, reference] = [momentsOf(map), pick(ofWhole.get(layer.name)!, kept.get(layer.name)!)];
        add(own, layer.name, cut, x.shape[0]);
        add(before, layer.name, reference, x.shape[0]);
        return normalise(layer, map, adapted(layer, cut, reference));
      });
    }
  });
  for (const { graph, layers, own, before } of running) {
    for (const { name, layer } of graph) {
      if (!layers.has(name)) continue;
      const moments = adapted(layer, totalOf(own.get(name)!), totalOf(before.get(name)!));
      tf.tidy(() => {
        const tensors = [moments.mean, moments.variance].map((values) => tf.tensor1d(Float32Array.from(values)));
        layer.setWeights([...layer.getWeights().slice(0, -2), ...tensors]);
      });
    }
  }
  return running.map(({ layers }) => layers);
}

/** Per channel. */
interface Moments {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** Sums over images: of the maps' means, and of the means of their squares. */
interface MomentSums {
  images: number;
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

/** One forward pass in evaluation mode, in which batch normalisations do what they are told. */
function runThrough(
  graph: readonly LayerNode[],
  x: tf.Tensor4D,
  batchNorm: (layer: tf.layers.Layer, map: tf.Tensor) => tf.Tensor,
): void {
  tf.tidy(() => {
    const maps = new Map<string, tf.Tensor>();
    for (const { name, className, inputs, layer } of graph) {
      const read = inputs.map((input) => maps.get(input)!);
      if (inputs.length === 0) maps.set(name, x);
      else if (className === 'BatchNormalization') maps.set(name, batchNorm(layer, read[0]));
      else maps.set(name, layer.apply(read.length === 1 ? read[0] : read, { training: false }) as tf.Tensor);
    }
  });
}

function momentsOf(map: tf.Tensor): Moments {
  const { mean, variance } = tf.moments(map, [...Array(map.rank - 1).keys()]);
  return { mean: mean.dataSync<'float32'>().slice(), variance: variance.dataSync<'float32'>().slice() };
}

function pick({ mean, variance }: Moments, kept: Int32Array | null): Moments {
  if (!kept) return { mean, variance };
  return { mean: Array.from(kept, (c) => mean[c]), variance: Array.from(kept, (c) => variance[c]) };
}

function add(sums: Map<string, MomentSums>, name: string, { mean, variance }: Moments, images: number): void {
  let sum = sums.get(name);
  if (!sum) {
    sum = { images: 0, mean: new Float64Array(mean.length), square: new Float64Array(mean.length) };
    sums.set(name, sum);
  }
  sum.images += images;
  for (let c = 0; c < mean.length; c++) {
    sum.mean[c] += images * mean[c];
    sum.square[c] += images * (variance[c] + mean[c] ** 2);
  }
}

function totalOf({ images, mean, square }: MomentSums): Moments {
  const means = mean.map((sum) => sum / images);
  return { mean: means, variance: square.map((sum, c) => Math.max(0, sum / images - means[c] ** 2)) };
}

/** The moving moments of a layer, moved by how its maps differ from the whole network's. */
function adapted(layer: tf.layers.Layer, cut: Moments, whole: Moments): Moments {
  const { epsilon } = layer.getConfig() as { epsilon: number };
  const [mean, variance] = layer
    .getWeights()
    .slice(-2)
    .map((weight) => weight.dataSync<'float32'>());
  return {
    mean: mean.map((value, c) => value + cut.mean[c] - whole.mean[c]),
    variance: variance.map((value, c) => (value * (cut.variance[c] + epsilon)) / (whole.variance[c] + epsilon)),
  };
}

function normalise(layer: tf.layers.Layer, map: tf.Tensor, { mean, variance }: Moments): tf.Tensor {
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
  const [m, v] = [mean, variance].map((values) => tf.tensor1d(Float32Array.from(values)));
  return tf.batchNorm(map as tf.Tensor4D, m, v, beta, gamma, epsilon);
}
