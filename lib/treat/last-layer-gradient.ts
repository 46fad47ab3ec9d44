import { type LayerNode, readLayerGraph } from '../surgery/graph/layer-graph.js';
import type { LayerTail } from '../surgery/passes/layer-tail.js';
import * as tf from '../tf.js';

/** The class gradient of a last convolution as a formula, so that nothing is differentiated twice. */
export interface LastLayerGradient {
  /**
   * ∂ (mean over the batch of each image's logit of a class) / ∂ map, differentiable in the map, the carried tensors and
   * the weights.
   * @returns [batch, height, width, kernels]
   */
  of: (map: tf.Tensor4D, carried: readonly tf.Tensor[], classOfImage: Int32Array, training: boolean) => tf.Tensor4D;
}

interface BatchNorm {
  readonly epsilon: number;
  readonly gamma: tf.LayerVariable | null;
  readonly beta: tf.LayerVariable | null;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}

/**
 * Recognises a convolution behind which there is at most one batch norm, one addition of something that goes round the
 * layer, and one ReLU, in this order, then global average pooling (with dropout that is off) and a dense layer: the end of
 * a ResNet. For these the gradient is `W[n, k] / (height · width)` where the ReLU is open, through batch norm (spec doctor
 * §5.2; in training mode with the terms that couple the batch).
 * @returns null for any other tail
 */
export function lastLayerGradient(model: tf.LayersModel, tail: LayerTail): LastLayerGradient | null {
  const graph = new Map(readLayerGraph(model).map((node) => [node.name, node]));
  const rest = tail.tailLayers.map((name) => graph.get(name)!);
  if (isActivated(graph.get(tail.layer)!)) return null;
  const take = (matches: (node: LayerNode) => boolean): LayerNode | null =>
    rest.length > 0 && matches(rest[0]) ? rest.shift()! : null;
  const batchNorm = take((n) => n.className === 'BatchNormalization' && isOverChannels(n));
  const addition = take((n) => n.className === 'Add' && n.inputs.length === 2);
  const relu = take((n) => isPlainRelu(n));
  const pooling = take((n) => n.className === 'GlobalAveragePooling2D');
  const dense = take((n) => n.className === 'Dense' && !isActivated(n));
  const carried = addition ? 1 : 0;
  if (!pooling || !dense || rest.length > 0 || tail.carriedLayers.length !== carried) return null;
  const norm = batchNorm && (batchNorm.layer as unknown as BatchNorm);
  const kernel = (dense.layer as unknown as { kernel: tf.LayerVariable }).kernel;

  return {
    of: (map, skips, classOfImage, training) =>
      tf.tidy(() => {
        const [batch, height, width, kernels] = map.shape;
        const chosen = tf.cast(tf.oneHot(tf.tensor1d(classOfImage, 'int32'), kernel.shape[1]!), 'float32');
        const weights = tf.matMul(chosen, kernel.read(), false, true);
        const perPosition = tf.reshape(tf.div(weights, batch * height * width), [batch, 1, 1, kernels]);
        const statistics = norm && statisticsOf(norm, map, training);
        let open: tf.Tensor = tf.onesLike(map);
        if (relu) {
          let before: tf.Tensor = map;
          if (statistics && norm) {
            const scaled = tf.mul(statistics.normalised, norm.gamma?.read() ?? 1);
            before = tf.add(scaled, norm.beta?.read() ?? 0);
          }
          if (addition) before = tf.add(before, skips[0]);
          open = tf.step(before);
        }
        const gradient = tf.mul(perPosition, open);
        if (!statistics || !norm) return gradient as tf.Tensor4D;
        const { normalised, inverse } = statistics;
        const factor = tf.mul(inverse, norm.gamma?.read() ?? 1);
        if (!training) return tf.mul<tf.Tensor4D>(gradient, factor);
        // Mean and variance of the batch depend on every position: what they take away from the plain gradient.
        const mean = tf.mean(gradient, [0, 1, 2]);
        const along = tf.mean(tf.mul(gradient, normalised), [0, 1, 2]);
        return tf.mul<tf.Tensor4D>(factor, tf.sub(tf.sub(gradient, mean), tf.mul(normalised, along)));
      }),
  };
}

function statisticsOf(norm: BatchNorm, map: tf.Tensor4D, training: boolean) {
  const { mean, variance } = training
    ? tf.moments(map, [0, 1, 2])
    : { mean: norm.movingMean.read(), variance: norm.movingVariance.read() };
  const inverse = tf.rsqrt(tf.add(variance, norm.epsilon));
  return { inverse, normalised: tf.mul(tf.sub(map, mean), inverse) };
}

const isActivated = ({ config }: LayerNode): boolean =>
  config['activation'] !== undefined && config['activation'] !== 'linear';

const isOverChannels = ({ config }: LayerNode): boolean => config['axis'] === -1 || config['axis'] === 3;

const isPlainRelu = ({ className, config }: LayerNode): boolean =>
  (className === 'Activation' && config['activation'] === 'relu') ||
  (className === 'ReLU' && (config['maxValue'] ?? null) === null);
