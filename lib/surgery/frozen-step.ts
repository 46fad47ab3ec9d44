import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { makeStep } from './compile-program.js';
import { activationGradient, convolutionInputGradient, frozenConvolution, repeatPlaces } from './frozen-ops.js';
import { FUSED_ACTIVATIONS, type FusedOp } from './fused-program.js';
import type { LayerNode } from './layer-graph.js';

/** A step of a frozen network: only its inputs get gradients. */
export interface FrozenStep {
  /** Differentiable in its inputs. */
  readonly run: (inputs: tf.Tensor[]) => tf.Tensor;
  /**
   * The gradient by every input, from that by the output.
   * @param output what `run` made of the inputs
   */
  readonly inputGradients: (inputs: tf.Tensor[], output: tf.Tensor, dy: tf.Tensor) => tf.Tensor[];
}

/**
 * The step as {@link makeStep} runs it, differentiable in its inputs only: where the step's own gradient would compute those
 * of the weights too, it is left out. Its weight tensors are added to `held`.
 * @throws ModelError for dilated convolutions, which have no gradient
 */
export function frozenStep(op: FusedOp, graph: ReadonlyMap<string, LayerNode>, held: tf.Tensor[]): FrozenStep {
  const { node, activation } = op;
  const { className, config, name } = node;
  const [first, ...others] = op.weights.map(({ values, shape }) => () => {
    const tensor = tf.keep(tf.tensor(values, [...shape]));
    held.push(tensor);
    return tensor;
  });
  const fused = FUSED_ACTIVATIONS.has(activation) ? (activation as 'linear' | 'relu' | 'relu6') : 'linear';
  const rest = tf.layers.activation({ activation: (fused === activation ? 'linear' : activation) as 'sigmoid' });
  const finish = (y: tf.Tensor) => (fused === activation ? y : (rest.call(y, {}) as tf.Tensor));
  const strides = config['strides'] as [number, number];
  const pad = config['padding'] as 'same' | 'valid';
  const dilations = (config['dilationRate'] as number[] | undefined) ?? [1, 1];
  if (/Conv2D$/.test(className) && dilations.some((d) => d !== 1)) {
    throw new ModelError(
      `Layer '${name}' (${className}): its dilation rate is ${dilations.join('×')}; gradients through dilated ` +
        'convolutions are not available, so this model cannot be split by gradients. CNNSplitter needs none.',
    );
  }
  const activate = (y: tf.Tensor) => finish(fused === 'linear' ? y : fused === 'relu' ? tf.relu(y) : tf.relu6(y));
  const asItIs = () => makeStep(op, graph, new Map([...graph.keys()].map((layer) => [layer, null])), held, false);
  const replayed = (run: FrozenStep['run']): FrozenStep => ({
    run,
    inputGradients: (inputs, _output, dy) => tf.grads((...xs: tf.Tensor[]) => run(xs))(inputs, dy),
  });
  switch (className) {
    case 'Conv2D': {
      const filter = first() as tf.Tensor4D;
      const bias = others[0]?.() as tf.Tensor1D | undefined;
      const conv = { filter, bias, strides, pad, activation: fused };
      const run: FrozenStep['run'] = ([x]) => finish(frozenConvolution(x as tf.Tensor4D, conv));
      if (fused !== activation) return replayed(run);
      return {
        run,
        inputGradients: ([x], y, dy) => [
          convolutionInputGradient(dy as tf.Tensor4D, y as tf.Tensor4D, (x as tf.Tensor4D).shape, conv),
        ],
      };
    }
    case 'SeparableConv2D': {
      const depthwise = first() as tf.Tensor4D;
      const filter = others[0]() as tf.Tensor4D;
      const bias = others[1]?.() as tf.Tensor1D | undefined;
      return replayed(([x]) => {
        const spread = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad);
        return finish(frozenConvolution(spread, { filter, bias, strides: [1, 1], pad: 'valid', activation: fused }));
      });
    }
    case 'DepthwiseConv2D': {
      const filter = first() as tf.Tensor4D;
      const bias = others[0]?.();
      return replayed(([x]) => {
        const y = tf.depthwiseConv2d(x as tf.Tensor4D, filter, strides, pad);
        return activate(bias ? tf.add(y, bias) : y);
      });
    }
    case 'Dense': {
      const kernel = first() as tf.Tensor2D;
      const bias = others[0]?.();
      const run: FrozenStep['run'] = ([x]) => {
        const y = tf.matMul(x, kernel);
        return activate(bias ? tf.add(y, bias) : y);
      };
      if (fused !== activation) return replayed(run);
      return {
        run,
        inputGradients: (_inputs, y, dy) => [tf.matMul(activationGradient(dy, y, fused), kernel, false, true)],
      };
    }
    case 'UpSampling2D': {
      if ((config['interpolation'] ?? 'nearest') !== 'nearest') {
        return replayed(asItIs());
      }
      const size = config['size'] as [number, number];
      return replayed(([x]) => repeatPlaces(x as tf.Tensor4D, size));
    }
    case 'GlobalMaxPooling2D': {
      const { run } = replayed(asItIs());
      // tfjs would give every place that holds the maximum the whole gradient; up-sampled maps hold it many times.
      const inputGradients: FrozenStep['inputGradients'] = ([x], y, dy) => {
        const wide = (t: tf.Tensor) => tf.reshape(t, [x.shape[0], 1, 1, x.shape[3]!]);
        const highest = tf.cast(tf.equal(x, wide(y)), 'float32');
        return [tf.mul(tf.div(highest, tf.sum(highest, [1, 2], true)), wide(dy))];
      };
      return { run, inputGradients };
    }
    default:
      return replayed(asItIs());
  }
}
