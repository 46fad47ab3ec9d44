import type { GraphLookup } from './graph-lookup.js';
import type { OnnxAttribute, OnnxNode } from './onnx-schema.js';

/** Operator of the nodes that stand for a recognised AdaptiveAvgPool2d: inputs are the map and the positions that are read. */
export const RECOGNISED_ADAPTIVE_POOLING = 'modulab.AdaptiveAveragePool';

/** What PyTorch's exporter puts between the numbers of all windows and their means. */
const ON_THE_WAY = new Set(['Where', 'Gather', 'Add', 'Squeeze']);
const MOST_STEPS = 5_000;

/**
 * Puts one node in place of those by which PyTorch's dynamo exporter writes adaptive average pooling to a size that does not divide
 * the map's: it reads the numbers of every window by their positions, and takes means.
 */
export function recogniseAdaptivePooling(nodes: readonly OnnxNode[], lookup: GraphLookup): OnnxNode[] {
  const replaced = new Map<OnnxNode, OnnxNode>();
  for (const node of nodes) {
    if (node.operator !== 'GatherND') continue;
    const turned = lookup.maker(node.inputs[0], 'Transpose');
    const [back, ...others] = lookup.readers(node.outputs[0]);
    if (!turned || others.length > 0 || !back) continue;
    if (!isOrder(turned, [2, 3, 0, 1]) || back.operator !== 'Transpose' || !isOrder(back, [4, 5, 0, 1, 2, 3])) continue;
    const end = meanOf(back.outputs[0], lookup);
    if (!end) continue;
    const inputs = [turned.inputs[0], node.inputs[1]];
    replaced.set(end, { ...end, operator: RECOGNISED_ADAPTIVE_POOLING, inputs, attributes: new Map<string, OnnxAttribute>() }); // prettier-ignore
  }
  return nodes.map((node) => replaced.get(node) ?? node);
}

const isOrder = (node: OnnxNode, order: readonly number[]): boolean =>
  JSON.stringify(node.attributes.get('perm')?.ints) === JSON.stringify(order);

/** The one node that everything that is computed from the windows' numbers goes into: their mean, or their sum by their count. */
function meanOf(value: string, lookup: GraphLookup): OnnxNode | null {
  const front = [value];
  const seen = new Set<OnnxNode>();
  let end: OnnxNode | null = null;
  for (let steps = 0; front.length > 0; steps++) {
    const next = front.pop()!;
    if (steps > MOST_STEPS || lookup.isOutput(next)) return null;
    for (const reader of lookup.readers(next)) {
      if (seen.has(reader)) continue;
      seen.add(reader);
      if (ON_THE_WAY.has(reader.operator)) front.push(...reader.outputs);
      else if ((reader.operator === 'Div' || reader.operator === 'ReduceMean') && (end === null || end === reader)) {
        end = reader;
      } else return null;
    }
  }
  return end;
}
