import type * as tf from '../../tf.js';
import { compileForest, type CompiledForest, type ForestSelection } from '../passes/compile-forest.js';
import { compileProgram, type CompileOptions, type CompiledInference } from '../passes/compile-program.js';
import { fuseGraph, type FusedOp } from '../passes/fused-program.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { readLayerGraph, type LayerNode } from '../graph/layer-graph.js';
import { readWeights, sliceSources, sliceWeights, type KeptChannels } from '../trace/layer-weights.js';
import { rebuildModel } from './rebuild.js';
import { fillEmptyLayers, traceGraph, type ModelTrace } from '../trace/trace.js';
import { widenSelection } from '../trace/widen-selection.js';

/** What {@link extractKernels} can be told. */
export interface ExtractOptions {
  /**
   * Called for each convolution layer that the selection leaves empty. Such a layer keeps its kernel 0 and what is tied
   * to it (spec cnnsplitter §2.6), so the result is not the masked model; `fillEmptyLayers` tells the same beforehand.
   */
  onEmptyLayer?: (layer: string) => void;
}

export interface ForestOptions {
  /** Takes selections from the first on until their weights fill so many bytes, at least one. Default: all. */
  maxWeightBytes?: number;
  /** Widths are filled up to multiples of so many channels, with channels that nothing reads. Default 1. */
  channelBlock?: number;
}

/** Cuts many selections out of one model, whose weights it has read once. */
export interface KernelExtractor {
  readonly trace: ModelTrace;
  /** As {@link extractKernels}. The caller disposes the model. */
  extract(selection: KernelSelection, options?: ExtractOptions): tf.LayersModel;
  /** The selection as a fast forward pass, without a `LayersModel` in between. The caller disposes it. */
  compile(selection: KernelSelection, options?: ExtractOptions & CompileOptions): CompiledInference;
  /**
   * Many selections as one forward pass that computes once what they have in common: selections that keep the same
   * kernels in the first layers share these layers' maps. The numbers are those of {@link compile}; with a `channelBlock`
   * sums may be rounded in another order.
   */
  compileForest(selections: readonly KernelSelection[], options?: ForestOptions): CompiledForest;
  /** Frees the copy of the weights. What was extracted or compiled stays usable. */
  dispose(): void;
}

/**
 * Reads a model's weights once, to cut any number of selections out of it. What happens to the model afterwards is not
 * seen.
 * @throws ModelError when the model cannot be traced
 */
export function createExtractor(model: tf.LayersModel): KernelExtractor {
  const graph = readLayerGraph(model);
  const trace = traceGraph(graph);
  // cpu tensors hand out their own buffer, which later training would change
  const weights = new Map(
    graph.map((node) => [node.name, readWeights(node).map((w) => ({ ...w, values: w.values.slice() }))]),
  );
  const programs = new Map<string, readonly FusedOp[]>();

  const fill = (selection: KernelSelection, { onEmptyLayer }: ExtractOptions) => {
    const { selection: filled, emptied } = fillEmptyLayers(trace, selection);
    if (onEmptyLayer) emptied.forEach(onEmptyLayer);
    return keptChannels(trace, filled);
  };
  const widen = (selection: KernelSelection, block: number): ForestSelection => {
    const { selection: filled } = fillEmptyLayers(trace, selection);
    const kept = keptChannels(trace, filled);
    return { kept, present: block > 1 ? keptChannels(trace, widenSelection(trace, filled, block)) : kept };
  };
  const programFor = (maps: readonly string[]) => {
    const key = maps.join('\n');
    let program = programs.get(key);
    if (!program) programs.set(key, (program = fuseGraph(graph, weights, maps)));
    return program;
  };
  return {
    trace,
    extract(selection, options = {}) {
      const kept = fill(selection, options);
      return rebuildModel(graph, model.name, (node) => {
        const input = kept.get(node.inputs[0])!;
        const output = kept.get(node.name)!;
        return {
          config: sliceConfig(node, input, output),
          weights: sliceWeights(node, weights.get(node.name)!, input, output),
        };
      });
    },
    compile(selection, options = {}) {
      const maps = options.maps ?? [];
      return compileProgram(programFor(maps), graph, fill(selection, options), maps);
    },
    compileForest(selections, { maxWeightBytes = Infinity, channelBlock = 1 } = {}) {
      const widened = function* () {
        for (const selection of selections) yield widen(selection, channelBlock);
      };
      return compileForest(programFor([]), graph, widened(), maxWeightBytes);
    },
    dispose() {
      weights.clear();
      programs.clear();
    },
  };
}

/**
 * A physically smaller model with only the selected kernels: rows and columns of convolutions, biases, batch-norm
 * entries, the rows of the dense layer after flattening (spec cnnsplitter §2.6, §4.4). Channels keep their order, layers
 * their names.
 * @param selection consistent kernel selection of this model, see `tieSelection`
 * @returns functional model, not compiled; the caller disposes it. To cut many, use {@link createExtractor}.
 * @throws ModelError when the model cannot be traced, OptionError when the selection does not fit or is not consistent
 */
export function extractKernels(
  model: tf.LayersModel,
  selection: KernelSelection,
  options: ExtractOptions = {},
): tf.LayersModel {
  return createExtractor(model).extract(selection, options);
}

function sliceConfig(node: LayerNode, input: KeptChannels, output: KeptChannels): tf.serialization.ConfigDict {
  const { className, config, outputShape } = node;
  const width = output?.length ?? outputShape[outputShape.length - 1]!;
  switch (className) {
    case 'Conv2D':
    case 'SeparableConv2D':
      return { ...config, filters: width };
    case 'Reshape':
      return { ...config, targetShape: [...outputShape.slice(0, -1), width] as number[] };
    case 'SubsampleChannels':
      return { ...config, sources: sliceSources(config['sources'] as number[], input, output) };
    default:
      return config;
  }
}
