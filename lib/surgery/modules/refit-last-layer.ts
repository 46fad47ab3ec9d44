import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import { roleOf } from '../layers/table.js';
import { readWeights } from '../trace/layer-weights.js';
import { outputMaker } from './output-maker.js';
import { rebuildModel } from './rebuild.js';
import { type Fold, foldsOf, ridgeRegression } from './ridge-regression.js';

/** A module's model, and the column of its outputs that is its own. */
export interface OneLogit {
  readonly model: tf.LayersModel;
  readonly classIndex: number;
}

/**
 * Whether {@link refitLastLayer} can take a model: a dense layer without an activation makes its outputs, from fewer features than
 * half the images are.
 */
export function takesRefit(model: tf.LayersModel, images: number): boolean {
  const maker = outputMaker(readLayerGraph(model));
  return maker !== null && roleOf(maker) === 'dense' && 2 * featuresOf(model, maker) < images;
}

/**
 * Copies of modules' models in which the weights of their own class in the last, dense layer make as good as they can of
 * the features that are left what the whole network puts out for that class: ridge regression of what is missing of its
 * logit, so that weights stay near where they were; how near, folds of the images decide. No label is looked at, so
 * images will do on which the whole network is right without exception, as it is on those it was trained on.
 * @param whole [batch, height, width, channels] → [batch, classes]
 * @param images in an order in which the classes take turns
 * @returns a model for each, new; the caller disposes them
 */
export async function refitLastLayer(
  modules: readonly OneLogit[],
  whole: tf.LayersModel,
  images: ImageSet,
  { batchSize = IMAGES_PER_PASS, check }: { batchSize?: number; check?: () => void } = {},
): Promise<tf.LayersModel[]> {
  const parts = modules.map(({ model, classIndex }) => {
    const graph = readLayerGraph(model);
    const maker = outputMaker(graph)!;
    const features = featuresOf(model, maker);
    const input = model.getLayer(maker.name).input as tf.SymbolicTensor;
    const both = tf.model({ inputs: model.inputs, outputs: [input, model.outputs[0]] });
    return { graph, maker, classIndex, both, features, folds: foldsOf(features + 1) };
  });
  await passOver(images, { task: 'last layers', batchSize, check }, ({ x, indices }) => {
    const [wanted, ...found] = tf.tidy(() => {
      const outputs = [whole.predict(x) as tf.Tensor];
      for (const { both } of parts) outputs.push(...(both.predict(x) as tf.Tensor[]));
      return outputs.map((output) => ({ values: output.dataSync<'float32'>(), columns: output.shape[1]! }));
    });
    for (const [m, { classIndex, features, folds }] of parts.entries()) {
      const [input, logits] = [found[2 * m], found[2 * m + 1]];
      for (const [row, image] of indices.entries()) {
        const missing =
          wanted.values[row * wanted.columns + classIndex] - logits.values[row * logits.columns + classIndex];
        const from = input.values.subarray(row * features, (row + 1) * features);
        // Whole rounds of the classes, which come in turns, so that every fold has all of them.
        addRow(folds[Math.floor(image / modules.length) % folds.length], from, missing);
      }
    }
  });
  return parts.map(({ graph, maker, classIndex, both, folds }) => {
    const change = ridgeRegression(folds);
    return rebuildModel(graph, both.name, (node) => {
      const weights = readWeights(node).map(({ values, shape }) => ({ values: values.slice(), shape }));
      if (node.name !== maker.name) return { config: node.config, weights };
      const [kernel, bias] = weights;
      const columns = kernel.shape.at(-1)!;
      const shift = bias ?? { values: new Float32Array(columns), shape: [columns] };
      for (let i = 0; i < change.length - 1; i++) kernel.values[i * columns + classIndex] += change[i];
      shift.values[classIndex] += change[change.length - 1];
      return { config: { ...node.config, useBias: true }, weights: [kernel, shift] };
    });
  });
}

function featuresOf(model: tf.LayersModel, maker: LayerNode): number {
  const input = model.getLayer(maker.name).input as tf.SymbolicTensor;
  return input.shape.length === 2 ? input.shape[1]! : Infinity;
}

/** One image more: its features and a 1 for the bias. */
function addRow(fold: Fold, features: Float32Array, target: number): void {
  const at = (i: number) => (i < features.length ? features[i] : 1);
  fold.rows++;
  fold.squares += target * target;
  for (let i = 0; i <= features.length; i++) {
    const value = at(i);
    if (value === 0) continue;
    fold.moments[i] += value * target;
    const products = fold.products[i];
    for (let j = 0; j <= i; j++) products[j] += value * at(j);
  }
}
