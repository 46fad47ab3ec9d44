import type { LayerNode } from '../graph/layer-graph.js';
import { capabilityOf, isNeutral, mixesChannels, roleOf } from '../layers/table.js';

/** The linear layer whose channels are a model's outputs; null where another kind of layer, or an activation, makes them. */
export function outputMaker(graph: readonly LayerNode[]): LayerNode | null {
  const byName = new Map(graph.map((node) => [node.name, node]));
  let node = graph[graph.length - 1];
  const isLinear = ({ config }: LayerNode) => (config['activation'] ?? 'linear') === 'linear';
  while (isNeutral(node) || capabilityOf(node, 'passesAffine')) node = byName.get(node.inputs[0])!;
  const makesChannels = ['dense', 'convolution'].includes(roleOf(node)!) && mixesChannels(node);
  return makesChannels && isLinear(node) && capabilityOf(node, 'absorbs')?.scale ? node : null;
}
