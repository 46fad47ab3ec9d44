import { seedStream } from '../../run/mt19937.js';
import * as tf from '../../tf.js';

/** Width of a head's hidden layer (spec cnnsplitter §4.1). */
export const HEAD_WIDTH = 10;

/**
 * The heads of all modules side by side: per module ReLU(logits) → dense(10), ReLU → dense(1), sigmoid; 121 parameters for
 * 10 classes (spec cnnsplitter §4.1).
 */
export interface ModuleHeads {
  /** Kernel and bias of both layers: [modules, classes, 10], [modules, 1, 10], [modules, 10, 1], [modules, 1, 1]. */
  readonly variables: readonly tf.Variable[];
  dispose(): void;
}

/** New heads, every weight uniform in ±1/√inputs as in PyTorch's `nn.Linear`; each module draws from its own stream. */
export function createHeads(classNames: readonly string[], seed: number): ModuleHeads {
  const classes = classNames.length;
  const streams = classNames.map((name) => seedStream(seed, `gradsplitter/head/${name}`));
  const variable = (rows: number, columns: number, inputs: number) =>
    tf.tidy(() => {
      const values = new Float32Array(classes * rows * columns);
      const size = rows * columns;
      streams.forEach((rng, module) => {
        for (let i = 0; i < size; i++) values[module * size + i] = (2 * rng.nextDouble() - 1) / Math.sqrt(inputs);
      });
      return tf.variable(tf.tensor3d(values, [classes, rows, columns]));
    });
  const variables = [
    variable(classes, HEAD_WIDTH, classes),
    variable(1, HEAD_WIDTH, classes),
    variable(HEAD_WIDTH, 1, HEAD_WIDTH),
    variable(1, 1, HEAD_WIDTH),
  ];
  return { variables, dispose: () => tf.dispose([...variables]) };
}

/**
 * @param logits [modules, batch, classes]
 * @param weights the heads' four weight tensors
 * @returns sigmoids [batch, modules], differentiable in both
 */
export function headScores(logits: tf.Tensor3D, weights: readonly tf.Tensor[]): tf.Tensor2D {
  const [kernel0, bias0, kernel1, bias1] = weights;
  const hidden = tf.relu(tf.add(tf.matMul(tf.relu(logits), kernel0 as tf.Tensor3D), bias0));
  const out = tf.sigmoid(tf.add(tf.matMul(hidden, kernel1), bias1));
  return tf.transpose(tf.reshape(out, out.shape.slice(0, 2) as [number, number]));
}

/** All heads' weights as one flat array, in the order of the variables. */
export function headValues(heads: ModuleHeads): Float32Array {
  const parts = heads.variables.map((variable) => variable.dataSync<'float32'>());
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/** One module's head as a model [batch, classes] → [batch, 1]. @param values as {@link headValues} gives them */
export function headModel(values: Float32Array, module: number, classes: number): tf.LayersModel {
  const { layers } = tf;
  const model = tf.sequential({
    name: 'head',
    layers: [
      layers.reLU({ inputShape: [classes], name: 'logitsRelu' }),
      layers.dense({ units: HEAD_WIDTH, activation: 'relu', kernelInitializer: 'zeros', name: 'hidden' }),
      layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'zeros', name: 'score' }),
    ],
  });
  let start = 0;
  const own = (shape: number[]) => {
    const size = tf.util.sizeFromShape(shape);
    const tensor = tf.tensor(values.slice(start + module * size, start + (module + 1) * size), shape);
    start += classes * size;
    return tensor;
  };
  tf.tidy(() => model.setWeights([own([classes, HEAD_WIDTH]), own([HEAD_WIDTH]), own([HEAD_WIDTH, 1]), own([1])]));
  return model;
}
