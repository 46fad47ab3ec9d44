import * as tf from '../../tf.js';
import type { Step, StepContext } from '../graph/layer-type.js';
import type { KeptChannels } from '../graph/weight-layout.js';
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
  /** Whether the step is to be differentiable in its inputs and in nothing else. Default false. */
  readonly frozen?: boolean;
}

/**
 * The function of one step; its weight tensors are added to `held`.
 * @throws ModelError when the layer's type does not say how it is run
 */
export function makeStep(op: FusedOp, { nodes }: ReadModel, held: tf.Tensor[], options: StepOptions = {}): Step {
  const { node, activation } = op;
  const { kept, present = kept, overwrite = false, frozen = false } = options;
  const channels = (layer: string) => ({ kept: kept?.get(layer) ?? null, present: present?.get(layer) ?? null });
  const input = channels(op.inputs[0]);
  const output = channels(op.output);
  const widthOf = (layer: string) => nodes.get(layer)!.outputShape.at(-1)!;
  const hold = <T extends tf.Tensor>(tensor: tf.Tensor): T => {
    held.push(tf.keep(tensor));
    return tensor as T;
  };
  const fused = FUSED_ACTIVATIONS.has(activation) ? (activation as StepContext['activation']) : 'linear';
  const rest = fused === activation ? null : tf.layers.activation({ activation: activation as 'sigmoid' });
  const finish = (y: tf.Tensor) => (rest ? (rest.call(y, {}) as tf.Tensor) : y);
  const make = (frozen && capabilityOf(node, 'frozenStep')) || requireCapability(node, 'step');
  return make({
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
    finish,
    activate: (y) => finish(fused === 'linear' ? y : fused === 'relu' ? tf.relu(y) : tf.relu6(y)),
    hold,
  });
}
