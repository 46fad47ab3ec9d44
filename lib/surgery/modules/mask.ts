import type * as tf from '../../tf.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { readLayerGraph } from '../graph/layer-graph.js';
import { readWeights, zeroWeights } from '../trace/layer-weights.js';
import { rebuildModel } from './rebuild.js';
import { traceGraph } from '../trace/trace.js';

/**
 * A copy of a model at its full shape in which removed kernels have no effect: their weights, biases and batch-norm
 * scale and shift are zero, and so are the weights with which later layers read their channels (exact for any
 * activation). A layer without a kept kernel puts out nothing; {@link fillEmptyLayers} gives it the kernel that
 * `extractKernels` would keep.
 * @param selection consistent kernel selection of this model, see `tieSelection`
 * @returns functional model with the original's layer names, not compiled; the caller disposes it
 * @throws ModelError when the model cannot be traced, OptionError when the selection does not fit or is not consistent
 */
export function maskKernels(model: tf.LayersModel, selection: KernelSelection): tf.LayersModel {
  const graph = readLayerGraph(model);
  const kept = keptChannels(traceGraph(graph), selection);
  return rebuildModel(graph, model.name, (node) => ({
    config: node.config,
    weights: zeroWeights(node, readWeights(node), kept.get(node.inputs[0])!, kept.get(node.name)!),
  }));
}
