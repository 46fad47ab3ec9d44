import { IMAGENET_NORMALISATION, type ImageSet } from '../../datasets/dataset.js';
import { MT19937 } from '../../run/mt19937.js';
import * as tf from '../../tf.js';
import { fit } from '../../training/fit.js';

const CLASS_NAMES = ['top left', 'top right', 'bottom left', 'bottom right'];
const SIDE = 16;

/** Noise with one quarter a little brighter: its place is the class. */
export function smallImages(perClass: number): { train: ImageSet; test: ImageSet } {
  return { train: quarters(40, 5), test: quarters(perClass, 6) };
}

function quarters(perClass: number, seed: number): ImageSet {
  const random = new MT19937(seed);
  const labels = Int32Array.from({ length: 4 * perClass }, (_, i) => i % 4);
  const size = SIDE * SIDE * 3;
  const pixels = Uint8Array.from({ length: labels.length * size }, (_, i) => {
    const [row, column] = [Math.floor((i % size) / (SIDE * 3)), Math.floor((i % (SIDE * 3)) / 3)];
    const quarter = (row < SIDE / 2 ? 0 : 2) + (column < SIDE / 2 ? 0 : 1);
    return 70 + random.nextInterval(90) + (quarter === labels[Math.floor(i / size)] ? 14 : 0);
  });
  return {
    pixels,
    labels,
    imageShape: [SIDE, SIDE, 3],
    classNames: CLASS_NAMES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

/** A little network with batch norm and a skip connection, trained on them. */
export async function trainedNetwork(train: ImageSet): Promise<tf.LayersModel> {
  const { layers } = tf;
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.heNormal({ seed }) });
  const image = tf.input({ shape: [16, 16, 3] });
  const conv = (filters: number, strides: number, name: string, seed: number) =>
    layers.conv2d({ name, filters, kernelSize: 3, strides, padding: 'same', useBias: false, ...seeded(seed) });
  const norm = () => layers.batchNormalization({ momentum: 0.8 });
  const apply = (x: tf.SymbolicTensor, ...list: tf.layers.Layer[]) =>
    list.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);
  const a = apply(image, conv(8, 2, 'conv_a', 1), norm(), layers.reLU());
  const b = apply(a, conv(8, 1, 'conv_b', 2), norm());
  const sum = apply(layers.add().apply([a, b]) as tf.SymbolicTensor, layers.reLU());
  const last = apply(sum, conv(16, 2, 'conv_c', 3), norm(), layers.reLU());
  const logits = apply(last, layers.flatten(), layers.dense({ units: CLASS_NAMES.length, ...seeded(4) }));
  const model = tf.model({ inputs: image, outputs: logits });
  await fit(model, train, { epochs: 16, batchSize: 32, learningRate: 0.05, seed: 1 });
  return model;
}

/** Logits that are linear in the pixels, with weights W [pixels, classes] of the model's input. */
export function linearModel(set: ImageSet): { model: tf.LayersModel; weights: Float32Array; classes: number } {
  const classes = set.classNames.length;
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [...set.imageShape] }), tf.layers.dense({ units: classes })],
  });
  const random = new MT19937(7);
  const size = set.imageShape.reduce((product, n) => product * n, 1);
  const weights = Float32Array.from({ length: size * classes }, () => 0.02 * random.nextNormal());
  tf.tidy(() => model.setWeights([tf.tensor2d(weights, [size, classes]), tf.zeros([classes])]));
  return { model, weights, classes };
}

/** Grey images away from black and white, labelled as the model sees them. */
export function greyImages(count: number, set: ImageSet, model: tf.LayersModel): ImageSet {
  const random = new MT19937(8);
  const size = set.imageShape.reduce((product, n) => product * n, 1);
  const pixels = Uint8Array.from({ length: count * size }, () => 90 + random.nextInterval(70));
  const { mean, std } = set.normalisation;
  const labels = tf.tidy(() => {
    const values = Float32Array.from(pixels, (byte, i) => (byte / 255 - mean[i % 3]) / std[i % 3]);
    const x = tf.tensor(values, [count, ...set.imageShape]);
    return Int32Array.from(tf.argMax(model.predict(x) as tf.Tensor2D, 1).dataSync());
  });
  return { ...set, pixels, labels };
}
