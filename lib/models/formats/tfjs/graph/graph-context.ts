import type { NamedTensor } from '../../named-tensor.js';
import type { GraphNode } from './graph-node.js';
import type { OnnxGraphBuilder } from './onnx-graph-builder.js';

/** What an operation may look at, and where its counterpart goes. */
export interface GraphContext {
  readonly to: OnnxGraphBuilder;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly readers: ReadonlyMap<string, readonly GraphNode[]>;
  /** Numbers that the file holds, by name. */
  readonly known: ReadonlyMap<string, NamedTensor>;
}

/** Writes a node's counterpart, whose outputs have the node's names. */
export type Operation = (node: GraphNode, graph: GraphContext) => void;

/** Whole numbers that the file holds. */
export function knownInts({ known, nodes }: GraphContext, by: GraphNode, index: number): number[] {
  let name = by.input(index);
  for (let at = nodes.get(name); at?.op === 'Identity'; at = nodes.get(name)) name = at.input(0);
  const tensor = known.get(name);
  return tensor ? Array.from(tensor.values as ArrayLike<number>, Number) : by.fail(`input '${name}' is not known.`);
}

/** The second factor of a product as [inputs, outputs]. */
export const matrix = (node: GraphNode, to: OnnxGraphBuilder): string =>
  node.flag('transpose_b') || node.flag('adj_y')
    ? to.node(node.name, 'Transpose', [node.input(1)], { perm: [1, 0] })
    : node.input(1);
