import * as tf from '../../tf.js';
import type { InputGradients, Step, StepContext } from '../graph/layer-type.js';
import type { KeptChannels, WeightArray, WidenedChannels } from '../graph/weight-layout.js';
import { capabilityOf, requireCapability } from '../layers/table.js';
import { widenedWeights } from '../trace/layer-weights.js';
import type { ReadModel } from '../trace/read-model.js';
import { FUSED_ACTIVATIONS, type FusedOp } from './fused-program.js';

/** By layer: the channels of its output's last axis; null, or no entry, for all of them. */
export type ChannelsByLayer = ReadonlyMap<string, KeptChannels>;

/** How a step is made. */
export interface StepOptions {
  /** The channels that are kept. Default: all. */
  readonly kept?: ChannelsByLayer;
  /** The channels that maps have, kept ones among them; nothing reads the others. Default: the kept ones. */
  readonly present?: ChannelsByLayer;
  /** Whether a second summand is not read again, so that the result may take its place. Default false. */
  readonly overwrite?: boolean;
}

/** A step of a frozen network: only its inputs get gradients. */
export interface FrozenStep {
  /** Differentiable in its inputs. */
  readonly run: Step;
  /**
   * The gradient by every input, from that by the output.
   * @param output what `run` made of the inputs
   */
  readonly inputGradients: InputGradients;
}

/**
 * The function of one step; its weight tensors are added to `held`.
 * @throws ModelError when the layer's type does not say how it is run
 */
export function makeStep(op: FusedOp, read: ReadModel, held: tf.Tensor[], options: StepOptions = {}): Step {
  return requireCapability(op.node, 'step')(contextOf(op, read, held, options));
}

/**
 * The step differentiable in its inputs and in nothing else: where its own gradient would compute those of the weights too,
 * it is left out. Its weight tensors are added to `held`.
 * @throws ModelError when the layer's type does not say how it is run, and for dilated convolutions, which have no gradient
 */
export function makeFrozenStep(op: FusedOp, read: ReadModel, held: tf.Tensor[]): FrozenStep {
  const context = contextOf(op, read, held, {});
  const run = (capabilityOf(op.node, 'frozenStep') ?? requireCapability(op.node, 'step'))(context);
  const replayed: InputGradients = (inputs, _, dy) => tf.grads((...xs: tf.Tensor[]) => run(xs))(inputs, dy);
  return { run, inputGradients: capabilityOf(op.node, 'inputGradients')?.(context) ?? replayed };
}

/** A layer's channels, as the options have them. */
export function channelsOf(layer: string, { kept, present = kept }: StepOptions): WidenedChannels {
  return { kept: kept?.get(layer) ?? null, present: present?.get(layer) ?? null };
}

/** Bytes of a step's weights, by the sizes of its tensors. */
export function stepBytes(op: FusedOp, { nodes }: ReadModel, options: StepOptions): number {
  const [input, output] = [op.inputs[0], op.output].map((layer) => {
    const { present } = channelsOf(layer, options);
    return present ? present.length / nodes.get(layer)!.outputShape.at(-1)! : 1;
  });
  const share = (weight: WeightArray) => (weight.shape.length > 1 ? input * output : output);
  return op.weights.reduce((sum, weight) => sum + 4 * weight.values.length * share(weight), 0);
}

/** What is applied behind a step whose activation no kernel has. */
export function finishOf({ activation }: FusedOp): (y: tf.Tensor) => tf.Tensor {
  if (FUSED_ACTIVATIONS.has(activation)) return (y) => y;
  const layer = tf.layers.activation({ activation: activation as 'sigmoid' });
  return (y) => layer.call(y, {}) as tf.Tensor;
}

function contextOf(op: FusedOp, { nodes }: ReadModel, held: tf.Tensor[], options: StepOptions): StepContext {
  const { node, activation } = op;
  const { overwrite = false } = options;
  const [input, output] = [op.inputs[0], op.output].map((layer) => channelsOf(layer, options));
  const widthOf = (layer: string) => nodes.get(layer)!.outputShape.at(-1)!;
  const hold = <T extends tf.Tensor>(tensor: tf.Tensor): T => {
    held.push(tf.keep(tensor));
    return tensor as T;
  };
  const fused = FUSED_ACTIVATIONS.has(activation) ? (activation as StepContext['activation']) : 'linear';
  const finish = finishOf(op);
  return {
    node,
    weights: widenedWeights(node, op.weights, input, output).map(({ values, shape }) =>
      hold(tf.tensor(values, [...shape])),
    ),
    input,
    output,
    inputWidth: input.present?.length ?? widthOf(op.inputs[0]),
    outputWidth: output.present?.length ?? widthOf(op.output),
    residual: op.residual,
    overwrite,
    activation: fused,
    isWholeActivation: fused === activation,
    finish,
    activate: (y) => finish(fused === 'linear' ? y : fused === 'relu' ? tf.relu(y) : tf.relu6(y)),
    hold,
  };
}
