import type { LayerNode } from '../graph/layer-graph.js';
import {
  type KeptEnds,
  placesAmong,
  sliceWeight,
  type WeightArray,
  type WidenedChannels,
  zeroWeight,
} from '../graph/weight-layout.js';
import { capabilityOf, requireCapability } from '../layers/table.js';

/** Reads a layer's weights from the backend. Treat the values as read-only: backends may hand out their own buffers. */
export function readWeights(node: LayerNode): WeightArray[] {
  return node.layer.getWeights().map((weight) => ({
    values: weight.dataSync<'float32'>(),
    shape: weight.shape,
  }));
}

/** The weights of a layer that reads and puts out only some of its channels. */
export function sliceWeights(node: LayerNode, weights: readonly WeightArray[], ends: KeptEnds): WeightArray[] {
  return change(node, weights, ends, 'slice');
}

/**
 * The weights of a layer at its full shape, with everything zero that belongs to channels which are not kept: what it
 * reads from them, and what it would put out on them (batch norm: scale and shift).
 */
export function zeroWeights(node: LayerNode, weights: readonly WeightArray[], ends: KeptEnds): WeightArray[] {
  return change(node, weights, ends, 'zero');
}

/**
 * The weights of a layer cut to the channels that are present, with zeros for those of them that are not kept: what
 * reads them does not see them.
 */
export function widenedWeights(
  node: LayerNode,
  weights: readonly WeightArray[],
  input: WidenedChannels,
  output: WidenedChannels,
): WeightArray[] {
  const present = { input: input.present, output: output.present };
  if (weights.length === 0) return [];
  if (capabilityOf(node, 'ownWeights')) {
    const same = input.kept === input.present && output.kept === output.present;
    const masked = same ? weights : zeroWeights(node, weights, { input: input.kept, output: output.kept });
    return sliceWeights(node, masked, present);
  }
  const cut = sliceWeights(node, weights, present);
  return zeroWeights(node, cut, { input: placesAmong(input), output: placesAmong(output) });
}

function change(
  node: LayerNode,
  weights: readonly WeightArray[],
  ends: KeptEnds,
  how: 'slice' | 'zero',
): WeightArray[] {
  if (weights.length === 0 || (!ends.input && !ends.output)) return [...weights];
  const own = capabilityOf(node, 'ownWeights');
  if (own) return own[how](node, weights, ends);
  const layouts = requireCapability(node, 'weights')(node, weights);
  return weights.map((weight, i) => (how === 'slice' ? sliceWeight : zeroWeight)(weight, layouts[i], ends));
}

/** Sum of the absolute weights of every kernel of a convolution, which are those of its last tensor but the bias. */
export function kernelMagnitudes(node: LayerNode): Float64Array {
  const weights = readWeights(node);
  const layouts = requireCapability(node, 'weights')(node, weights);
  const which = weights.findLastIndex(({ shape }, i) => {
    return shape.length > 1 && (layouts[i].columns === 'output' || layouts[i].rows === 'output');
  });
  const { values, shape } = weights[which];
  const [rows, columns] = shape.slice(-2);
  const areColumns = layouts[which].columns === 'output';
  const sums = new Float64Array(areColumns ? columns : rows);
  values.forEach((value, i) => (sums[areColumns ? i % columns : Math.floor(i / columns) % rows] += Math.abs(value)));
  return sums;
}
