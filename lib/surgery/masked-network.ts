import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { channelMasks, maskLayout, type MaskLayout } from './channel-masks.js';
import { maskChannels } from './frozen-ops.js';
import { frozenStep } from './frozen-step.js';
import { evaluationSource, fuseGraph, type FusedOp } from './fused-program.js';
import { readLayerGraph, type LayerNode } from './layer-graph.js';
import { readWeights } from './layer-weights.js';
import { traceGraph, type ModelTrace } from './trace.js';

/**
 * A frozen model under many masks at once: one forward pass for all modules, in which every convolution is a single call
 * over [modules · batch] maps. What lies before the first mask is computed once for all.
 */
export interface MaskedNetwork {
  readonly trace: ModelTrace;
  readonly layout: MaskLayout;
  /** Numbers that a pass holds per image and module, about; for choosing how many images go through at once. */
  readonly valuesPerImage: number;
  /**
   * Evaluation-mode outputs of the model under each mask, differentiable in the masks. The weights get no gradient.
   * @param x [batch, height, width, channels]
   * @param masks [modules, units], 0 or 1
   * @returns [modules, batch, classes]
   */
  outputs: (x: tf.Tensor4D, masks: tf.Tensor2D) => tf.Tensor3D;
  dispose(): void;
}

interface MaskedStep {
  readonly op: FusedOp;
  /** Mask entry of each output channel; null where no mask is needed. */
  readonly columns: Int32Array | null;
  run: (inputs: tf.Tensor[]) => tf.Tensor;
}

/** Layers that make a map of zeros a map of zeros. */
const KEEPS_ZERO = new Set([
  ...['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'MaxPooling2D', 'AveragePooling2D', 'Flatten', 'Reshape'],
  ...['GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'Add'],
  ...['Concatenate', 'SubsampleChannels', 'Dense'],
]);
const ACTIVATIONS_KEEPING_ZERO = new Set(['relu', 'relu6', 'elu', 'selu', 'tanh', 'softsign', 'swish', 'gelu']);

/**
 * Compiles a model for masking: batch norm folded into convolutions, every convolution's map multiplied by its mask after
 * its activation (spec cnnsplitter §4.1), and again after any layer that would turn a masked zero into something else
 * (a batch norm that stands alone, a sigmoid). The weights are copied.
 * @throws ModelError when the model cannot be traced, has dilated convolutions (no gradient) or nothing to mask
 */
export function createMaskedNetwork(model: tf.LayersModel): MaskedNetwork {
  const graph = readLayerGraph(model);
  const trace = traceGraph(graph);
  const layout = maskLayout(trace);
  if (layout.units === 0) {
    throw new ModelError(`Model '${model.name}': it has no convolution layer whose kernels can be removed.`);
  }
  const byName = new Map(graph.map((node) => [node.name, node]));
  const weights = new Map(
    graph.map((node) => [node.name, readWeights(node).map((w) => ({ ...w, values: w.values.slice() }))]),
  );
  const program = fuseGraph(graph, weights, [], false);
  const held: tf.Tensor[] = [];
  const steps = program.map((op): MaskedStep => {
    const columns = needsMask(op) ? layout.columnsOf(op.output) : null;
    return {
      op,
      columns: columns?.some((column) => column >= 0) ? columns : null,
      run: frozenStep(op, byName, held).run,
    };
  });
  const image = graph.find((node) => node.inputs.length === 0)!;
  const last = evaluationSource(byName, graph[graph.length - 1].name);

  return {
    trace,
    layout,
    valuesPerImage: program.reduce((sum, { output }) => sum + sizeOf(byName.get(output)!), 0),
    outputs: (x, masks) =>
      tf.tidy(() => {
        const modules = masks.shape[0];
        const values = new Map<string, { value: tf.Tensor; shared: boolean }>([
          [image.name, { value: x, shared: true }],
        ]);
        for (const { op, columns, run } of steps) {
          const inputs = op.inputs.map((input) => values.get(input)!);
          let shared = inputs.every((input) => input.shared);
          let value = run(
            inputs.map((input) => (input.shared && !shared ? repeated(input.value, modules) : input.value)),
          );
          if (columns) {
            value = maskChannels(value, channelMasks(masks, columns), shared);
            shared = false;
          }
          values.set(op.output, { value, shared });
        }
        const { value, shared } = values.get(last)!;
        const whole = shared ? repeated(value, modules) : value;
        return tf.reshape(whole, [modules, x.shape[0], whole.shape[1]!]);
      }),
    dispose: () => tf.dispose(held),
  };
}

function needsMask({ node: { className, config }, activation }: FusedOp): boolean {
  if (className === 'Activation') return !ACTIVATIONS_KEEPING_ZERO.has(config['activation'] as string);
  return !KEEPS_ZERO.has(className) || !(activation === 'linear' || ACTIVATIONS_KEEPING_ZERO.has(activation));
}

function repeated(x: tf.Tensor, times: number): tf.Tensor {
  return tf.tile(x, [times, ...x.shape.slice(1).fill(1)]);
}

function sizeOf({ outputShape }: LayerNode): number {
  return outputShape.reduce<number>((product, size) => product * (size ?? 1), 1);
}
