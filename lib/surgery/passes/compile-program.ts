import { residualConv2d } from '../../backend/residual-conv2d.js';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { evaluationSource, FUSED_ACTIVATIONS, type FusedOp } from './fused-program.js';
import type { LayerNode } from '../graph/layer-graph.js';
import { sliceSources, widenedWeights, type KeptChannels } from '../trace/layer-weights.js';

/** What {@link compileInference} can be told. */
export interface CompileOptions {
  /** Layers whose output maps are wanted as well. Each one asked for costs the fusions across it. */
  maps?: readonly string[];
}

/** A model's forward pass in evaluation mode, without the overhead of layers. Holds weight tensors: dispose it. */
export interface CompiledInference {
  /**
   * @param x [batch, height, width, channels], as for the model's own `predict`
   * @returns [batch, classes]; the caller disposes it
   */
  predict(x: tf.Tensor4D): tf.Tensor2D;
  /** As `predict`, with the output map of each layer of the option `maps`, [batch, …, kept channels]. */
  predictWithMaps(x: tf.Tensor4D): { output: tf.Tensor2D; maps: { [layer: string]: tf.Tensor } };
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

interface Step {
  /** Positions of the read maps among the values of a pass; the image is number 0. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** Maps not read by any later step. */
  readonly lastUseOf: readonly number[];
  run(inputs: tf.Tensor[]): tf.Tensor;
}

/** Cuts the kept channels out of a fused program and makes it executable. */
export function compileProgram(
  program: readonly FusedOp[],
  graph: readonly LayerNode[],
  kept: ReadonlyMap<string, KeptChannels>,
  maps: readonly string[],
): CompiledInference {
  const byName = new Map(graph.map((node) => [node.name, node]));
  const image = graph.find((node) => node.inputs.length === 0)!;
  const slots = new Map([[image.name, 0]]);
  program.forEach((op, i) => slots.set(op.output, i + 1));
  const slotOf = (layer: string) => slots.get(evaluationSource(byName, layer))!;
  const outputSlot = slotOf(graph[graph.length - 1].name);
  const mapSlots = maps.map((layer) => [layer, slotOf(layer)] as const);

  const lastUse = new Map<number, number>();
  program.forEach((op, i) => op.inputs.forEach((input) => lastUse.set(slots.get(input)!, i)));
  for (const slot of [0, outputSlot, ...mapSlots.map(([, slot]) => slot)]) lastUse.delete(slot);
  const weights: tf.Tensor[] = [];
  const steps = program.map((op, i): Step => {
    const inputs = op.inputs.map((input) => slots.get(input)!);
    const lastUseOf = [...lastUse].filter(([, at]) => at === i).map(([slot]) => slot);
    const overwrite = op.residual && inputs[0] !== inputs[1] && lastUseOf.includes(inputs[1]);
    return { inputs, output: i + 1, lastUseOf, run: makeStep(op, byName, kept, weights, overwrite) };
  });

  let disposed = false;
  const forward = (x: tf.Tensor4D): tf.Tensor[] => {
    if (disposed) throw new ModelError('This compiled model has been disposed.');
    requireImages(x, image);
    const values: tf.Tensor[] = [x];
    for (const step of steps) {
      values[step.output] = step.run(step.inputs.map((slot) => values[slot]));
      for (const slot of step.lastUseOf) values[slot].dispose();
    }
    return values;
  };
  return {
    predict: (x) => tf.tidy(() => forward(x)[outputSlot] as tf.Tensor2D),
    predictWithMaps: (x) =>
      tf.tidy(() => {
        const values = forward(x);
        return {
          output: values[outputSlot].clone() as tf.Tensor2D,
          maps: Object.fromEntries(mapSlots.map(([layer, slot]) => [layer, values[slot].clone()])),
        };
      }),
    dispose() {
      disposed = true;
      tf.dispose(weights);
    },
  };
}

/** @throws ModelError when images do not have the model's input shape */
export function requireImages(x: tf.Tensor4D, image: LayerNode): void {
  const expected = image.outputShape;
  if (x.rank !== 4 || expected.some((size, i) => size !== null && size !== x.shape[i + 1])) {
    throw new ModelError(`Expected images [batch, ${expected.join(', ')}], got [${x.shape.join(', ')}].`);
  }
}

/**
 * The function of one step; its weight tensors are added to `held`.
 * @param overwrite whether a residual is not read again, so that the result may take its place
 * @param present channels that maps have, kept ones among them; nothing reads the others
 */
export function makeStep(
  op: FusedOp,
  graph: ReadonlyMap<string, LayerNode>,
  kept: ReadonlyMap<string, KeptChannels>,
  held: tf.Tensor[],
  overwrite: boolean,
  present: ReadonlyMap<string, KeptChannels> = kept,
): (inputs: tf.Tensor[]) => tf.Tensor {
  const { node, activation } = op;
  const { config, className } = node;
  const inputPresent = present.get(op.inputs[0])!;
  const outputPresent = present.get(op.output)!;
  const hold = <T extends tf.Tensor>(tensor: tf.Tensor): T => {
    held.push(tf.keep(tensor));
    return tensor as T;
  };
  const weights = widenedWeights(
    node,
    op.weights,
    { kept: kept.get(op.inputs[0])!, present: inputPresent },
    { kept: kept.get(op.output)!, present: outputPresent },
  ).map(({ values, shape }) => hold(tf.tensor(values, [...shape])));
  const fused = FUSED_ACTIVATIONS.has(activation) ? (activation as 'linear' | 'relu' | 'relu6') : 'linear';
  const rest = fused === activation ? null : tf.layers.activation({ activation: activation as 'sigmoid' });
  const finish = (y: tf.Tensor) => (rest ? (rest.call(y, {}) as tf.Tensor) : y);
  const strides = config['strides'] as [number, number];
  const pad = config['padding'] as 'same' | 'valid';
  const dilations = (config['dilationRate'] as [number, number] | undefined) ?? 1;

  switch (className) {
    case 'Conv2D': {
      const [filter, bias] = weights as [tf.Tensor4D, tf.Tensor1D | undefined];
      const convolution = { filter, strides, pad, dilations, bias };
      if (op.residual) {
        return ([x, residual]) =>
          finish(residualConv2d({ ...convolution, x: x as tf.Tensor4D, residual, overwrite, activation: fused }));
      }
      return ([x]) => finish(tf.fused.conv2d({ ...convolution, x: x as tf.Tensor4D, activation: fused }));
    }
    case 'DepthwiseConv2D': {
      const [filter, bias] = weights as [tf.Tensor4D, tf.Tensor1D | undefined];
      return ([x]) =>
        finish(
          tf.fused.depthwiseConv2d({ x: x as tf.Tensor4D, filter, strides, pad, dilations, bias, activation: fused }),
        );
    }
    case 'SeparableConv2D': {
      const [depthwise, filter, bias] = weights as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D | undefined];
      return ([x]) => {
        const spread = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad, 'NHWC', dilations);
        return finish(tf.fused.conv2d({ x: spread, filter, strides: 1, pad: 'valid', bias, activation: fused }));
      };
    }
    case 'Dense': {
      const [b, bias] = weights;
      return ([a]) => finish(tf.fused.matMul({ a, b, bias, activation: fused }));
    }
    case 'BatchNormalization': {
      const [scale, shift] = weights as tf.Tensor1D[];
      const mean = hold<tf.Tensor1D>(tf.zerosLike(scale));
      const variance = hold<tf.Tensor1D>(tf.onesLike(scale));
      return ([x]) => {
        const y = tf.batchNorm(x, mean, variance, shift, scale, 0);
        return activation === 'linear' ? y : activation === 'relu' ? tf.relu(y) : tf.relu6(y);
      };
    }
    case 'PReLU': {
      const [alpha] = weights;
      return ([x]) => tf.prelu(x, alpha);
    }
    case 'Flatten':
      return ([x]) => tf.reshape(x, [x.shape[0], tf.util.sizeFromShape(x.shape.slice(1))]);
    case 'Reshape': {
      const shape = node.outputShape.slice(0, -1) as number[];
      return ([x]) => tf.reshape(x, [x.shape[0], ...shape, outputPresent?.length ?? node.outputShape[shape.length]!]);
    }
    case 'SubsampleChannels': {
      // A 1×1 convolution with a 0/1 kernel copies channels exactly.
      const sources = sliceSources(config['sources'] as number[], inputPresent, outputPresent);
      const inputs = inputPresent?.length ?? graph.get(op.inputs[0])!.outputShape[2]!;
      const filter = hold<tf.Tensor4D>(channelCopyFilter(sources, inputs));
      const stride = config['stride'] as number;
      return ([x]) => tf.conv2d(x as tf.Tensor4D, filter, stride, 'valid');
    }
    default:
      return (inputs) => node.layer.call(inputs.length === 1 ? inputs[0] : inputs, { training: false }) as tf.Tensor;
  }
}

function channelCopyFilter(sources: readonly number[], inputs: number): tf.Tensor4D {
  const values = new Float32Array(inputs * sources.length);
  sources.forEach((source, output) => {
    if (source >= 0) values[source * sources.length + output] = 1;
  });
  return tf.tensor4d(values, [1, 1, inputs, sources.length]);
}
