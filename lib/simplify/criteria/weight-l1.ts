import { readLayerGraph } from '../../surgery/graph/layer-graph.js';
import { kernelMagnitudes } from '../../surgery/trace/layer-weights.js';
import type { RelevanceCriterion } from '../criterion.js';

/** Sum of the absolute weights of a kernel; the mean over tied kernels (spec progressive §4.1; not the paper's). */
export const weightL1: RelevanceCriterion = {
  id: 'weightL1',
  label: 'sum of absolute weights',
  score({ model, group }) {
    const graph = new Map(readLayerGraph(model).map((node) => [node.name, node]));
    const sums = new Map(group.layers.map((name) => [name, kernelMagnitudes(graph.get(name)!)]));
    const relevance = group.units.map(
      ({ members }) =>
        members.reduce((total, { layer, kernel }) => total + sums.get(layer)![kernel], 0) / members.length,
    );
    return Promise.resolve(relevance);
  },
};
