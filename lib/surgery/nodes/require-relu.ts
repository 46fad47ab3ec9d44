import { ModelError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';
import { activationKind } from '../layers/table.js';

/**
 * Refuses a network with a hidden activation other than ReLU, where a value ≤ 0 does not mean that a node does nothing (spec
 * decompose §2.1).
 * @throws ModelError naming the layer
 */
export function requireRelu(graph: readonly LayerNode[]): void {
  for (const node of graph) {
    const { name, className, config } = node;
    const kind = activationKind(node) ?? {
      name: (config['activation'] as string | undefined) ?? 'linear',
      isRelu: false,
    };
    const { name: other, isRelu } = kind;
    if (isRelu || ['linear', 'relu', 'relu6'].includes(other)) continue;
    throw new ModelError(
      `Layer '${name}' (${className}): expected ReLU as the only activation and logits at the end, found '${other}'. Nodes are ` +
        'inactive where they are not above 0, which only a ReLU cuts off. Pass `asLogits(model)` where it is the output.',
    );
  }
}
