import type { PlannedActivation, PlannedShape, PlannedStep } from '../../backend/inference-plan.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { PlannedBorder } from '../graph/layer-type.js';
import { activationKind, capabilityOf } from '../layers/table.js';
import { widenedWeights } from '../trace/layer-weights.js';
import type { ReadModel } from '../trace/read-model.js';
import { FUSED_ACTIVATIONS, type FusedOp } from './fused-program.js';
import { channelsOf, type StepOptions } from './step.js';

/** What one step of a fused program is in a plan, but for the values that it reads. */
export interface PlanPart extends Pick<PlannedStep, 'activation' | 'output'> {
  readonly operation: PlannedStep['operation'] | PlannedBorder;
}

/**
 * A step as a backend's plan has it.
 * @param isLast whether what its activation is does not matter, because no other step reads it and it is applied afterwards
 * @returns undefined where plans know no such step: a layer of another type, an open size
 */
export function planStep(
  op: FusedOp,
  { nodes }: ReadModel,
  options: StepOptions,
  isLast: boolean,
): PlanPart | undefined {
  const [input, output] = [op.inputs[0], op.output].map((layer) => channelsOf(layer, options));
  const inputShape = shapeOf(nodes.get(op.inputs[0])!, input.present?.length);
  const outputShape = shapeOf(nodes.get(op.output)!, output.present?.length);
  if (!inputShape || !outputShape) return undefined;
  const own = activationKind(op.node)?.name;
  if (own !== undefined) {
    return FUSED_ACTIVATIONS.has(own)
      ? { operation: { kind: 'sum' }, activation: own as PlannedActivation, output: outputShape }
      : undefined;
  }
  const isFused = FUSED_ACTIVATIONS.has(op.activation);
  if (!isFused && !isLast) return undefined;
  const operation = capabilityOf(
    op.node,
    'planned',
  )?.({
    node: op.node,
    weights: widenedWeights(op.node, op.weights, input, output),
    input,
    output,
    inputShape,
    outputShape,
    inputCount: op.inputs.length,
  });
  if (!operation) return undefined;
  return { operation, activation: isFused ? (op.activation as PlannedActivation) : 'linear', output: outputShape };
}

/** The shape of an image, or of a value, as plans have it; undefined where a size is open. */
export function shapeOf({ outputShape }: LayerNode, channels = outputShape.at(-1)!): PlannedShape | undefined {
  const sizes = outputShape.slice(0, -1);
  if (sizes.some((size) => size === null) || channels === null) return undefined;
  if (sizes.length === 0) return [1, 1, channels];
  return sizes.length === 2 ? [sizes[0]!, sizes[1]!, channels] : undefined;
}

/** The shape of one image's value as a tensor has it. */
export const tensorShape = ({ outputShape }: LayerNode, channels: number | undefined): number[] => [
  ...(outputShape.slice(0, -1) as number[]),
  channels ?? outputShape.at(-1)!,
];
