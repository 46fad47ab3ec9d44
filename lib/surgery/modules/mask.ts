import { ModelError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import type { KeptChannels } from '../graph/weight-layout.js';
import { activationKeepsZero } from '../layers/activation.js';
import { capabilityOf, keepsZero } from '../layers/table.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { readWeights, zeroWeights } from '../trace/layer-weights.js';
import { traceGraph } from '../trace/trace.js';
import { rebuildModel } from './rebuild.js';

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
  requireZeros(graph, kept);
  return rebuildModel(graph, model.name, (node) => ({
    config: node.config,
    weights: zeroWeights(node, readWeights(node), { input: kept.get(node.inputs[0])!, output: kept.get(node.name)! }),
  }));
}

/** Refuses layers that mix channels where a removed one comes in as something else than zeros. */
function requireZeros(graph: readonly LayerNode[], kept: ReadonlyMap<string, KeptChannels>): void {
  const isZero = new Map<string, boolean>();
  for (const node of graph) {
    const comesInAsZeros = node.inputs.every((input) => isZero.get(input)! || kept.get(input) === null);
    if (capabilityOf(node, 'needsZeros') && !comesInAsZeros) {
      throw new ModelError(
        `Layer '${node.name}' (${node.className}): it mixes channels, and those that are removed come in as something else than ` +
          'zeros, so that a network at its full shape cannot be masked by its weights. Cut the kernels out instead.',
      );
    }
    const activation = (node.config['activation'] as string | undefined) ?? 'linear';
    const goesOutAsZeros =
      capabilityOf(node, 'makesZero')?.(node) ?? (node.inputs.length > 0 && comesInAsZeros && keepsZero(node));
    isZero.set(node.name, goesOutAsZeros && activationKeepsZero(activation));
  }
}
