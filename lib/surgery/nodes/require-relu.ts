import { ModelError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';

const OTHER_ACTIVATIONS = new Set(['LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax']);
const ALLOWED = new Set(['linear', 'relu', 'relu6']);

/**
 * Refuses a network with a hidden activation other than ReLU, where a value ≤ 0 does not mean that a node does nothing (spec
 * decompose §2.1).
 * @throws ModelError naming the layer
 */
export function requireRelu(graph: readonly LayerNode[]): void {
  for (const { name, className, config } of graph) {
    const activation = config['activation'] as string | undefined;
    const other = OTHER_ACTIVATIONS.has(className) ? className : activation;
    if (other === undefined || ALLOWED.has(other)) continue;
    throw new ModelError(
      `Layer '${name}' (${className}): expected ReLU as the only activation and logits at the end, found '${other}'. Nodes are ` +
        'inactive where they are not above 0, which only a ReLU cuts off. Pass `asLogits(model)` where it is the output.',
    );
  }
}
