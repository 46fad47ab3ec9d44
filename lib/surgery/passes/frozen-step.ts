import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { makeStep } from './compile-program.js';
import { frozenConvolution } from './frozen-ops.js';
import { FUSED_ACTIVATIONS, type FusedOp } from './fused-program.js';
import type { LayerNode } from '../graph/layer-graph.js';

/**
 * The step as {@link makeStep} runs it, differentiable in its inputs only: where the step's own gradient would compute those
 * of the weights too, it is left out. Its weight tensors are added to `held`.
 * @throws ModelError for dilated convolutions, which have no gradient
 */
export function frozenStep(
  op: FusedOp,
  graph: ReadonlyMap<string, LayerNode>,
  held: tf.Tensor[],
): (inputs: tf.Tensor[]) => tf.Tensor {
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
  switch (className) {
    case 'Conv2D': {
      const filter = first() as tf.Tensor4D;
      const bias = others[0]?.() as tf.Tensor1D | undefined;
      return ([x]) => finish(frozenConvolution(x as tf.Tensor4D, { filter, bias, strides, pad, activation: fused }));
    }
    case 'SeparableConv2D': {
      const depthwise = first() as tf.Tensor4D;
      const filter = others[0]() as tf.Tensor4D;
      const bias = others[1]?.() as tf.Tensor1D | undefined;
      return ([x]) => {
        const spread = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad);
        return finish(frozenConvolution(spread, { filter, bias, strides: [1, 1], pad: 'valid', activation: fused }));
      };
    }
    case 'DepthwiseConv2D': {
      const filter = first() as tf.Tensor4D;
      const bias = others[0]?.();
      return ([x]) => {
        const y = tf.depthwiseConv2d(x as tf.Tensor4D, filter, strides, pad);
        return activate(bias ? tf.add(y, bias) : y);
      };
    }
    case 'Dense': {
      const kernel = first() as tf.Tensor2D;
      const bias = others[0]?.();
      return ([x]) => {
        const y = tf.matMul(x, kernel);
        return activate(bias ? tf.add(y, bias) : y);
      };
    }
    default:
      return makeStep(op, graph, new Map([...graph.keys()].map((layer) => [layer, null])), held, false);
  }
}
