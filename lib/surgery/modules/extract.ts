import type { Precision } from '../../backend/inference-plan.js';
import { ModelError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { capabilityOf } from '../layers/table.js';
import { type CompiledForest, compileForest, type ForestSelection } from '../passes/compile-forest.js';
import { type FusedOp, fuseGraph } from '../passes/fused-program.js';
import { type CompiledInference, type CompileOptions, compileProgram } from '../passes/inference.js';
import { keptChannels } from '../trace/kept-channels.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { sliceWeights } from '../trace/layer-weights.js';
import { type ReadModel, readModel } from '../trace/read-model.js';
import { fillEmptyLayers, type ModelTrace } from '../trace/trace.js';
import { widenSelection } from '../trace/widen-selection.js';
import { rebuildModel } from './rebuild.js';

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
  /** As in {@link CompileOptions}. Default 'f32'. */
  precision?: Precision;
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
   * kernels in the first layers share these layers' maps. The numbers are those of {@link compile} to float32 rounding.
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
  let source: ReadModel | undefined = readModel(model);
  const { trace } = source;
  const programs = new Map<string, readonly FusedOp[]>();
  const read = (): ReadModel => {
    if (!source) throw new ModelError('This extractor has been disposed.');
    return source;
  };

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
    if (!program) programs.set(key, (program = fuseGraph(read(), maps)));
    return program;
  };
  return {
    trace,
    extract(selection, options = {}) {
      const { graph, name, weights } = read();
      const kept = fill(selection, options);
      return rebuildModel(graph, name, (node) => {
        const ends = { input: kept.get(node.inputs[0])!, output: kept.get(node.name)! };
        return {
          ...(capabilityOf(node, 'cut')?.(node, ends) ?? { config: node.config }),
          weights: sliceWeights(node, weights.get(node.name)!, ends),
        };
      });
    },
    compile(selection, options = {}) {
      return compileProgram(read(), programFor(options.maps ?? []), options, fill(selection, options));
    },
    compileForest(selections, { maxWeightBytes = Infinity, channelBlock = 1, precision = 'f32' } = {}) {
      const widened = function* () {
        for (const selection of selections) yield widen(selection, channelBlock);
      };
      return compileForest(read(), programFor([]), widened(), { maxWeightBytes, precision });
    },
    dispose() {
      source = undefined;
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
