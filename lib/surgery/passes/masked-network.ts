import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import type { LayerNode } from '../graph/layer-graph.js';
import { activationKeepsZero } from '../layers/activation.js';
import { keepsZero } from '../layers/table.js';
import { channelMasks, type MaskLayout, maskLayout } from '../trace/channel-masks.js';
import { readModel } from '../trace/read-model.js';
import type { ModelTrace } from '../trace/trace.js';
import { type FusedOp, fuseGraph } from './fused-program.js';
import { maskChannels } from './mask-channels.js';
import { createRunner } from './runner.js';
import { makeFrozenStep } from './step.js';

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

/**
 * Compiles a model for masking: batch norm folded into convolutions, every convolution's map multiplied by its mask after
 * its activation (spec cnnsplitter §4.1), and again after any layer that would turn a masked zero into something else
 * (a batch norm that stands alone, a sigmoid). The weights are copied.
 * @throws ModelError when the model cannot be traced, has dilated convolutions (no gradient) or nothing to mask
 */
export function createMaskedNetwork(model: tf.LayersModel): MaskedNetwork {
  const read = readModel(model);
  const { trace, nodes } = read;
  const layout = maskLayout(trace);
  if (layout.units === 0) {
    throw new ModelError(`Model '${model.name}': it has no convolution layer whose kernels can be removed.`);
  }
  const program = fuseGraph(read, [], false);
  const runner = createRunner(read, program, [read.output.name], true);
  const held: tf.Tensor[] = [];
  const steps = runner.chain(program.map((op) => makeFrozenStep(op, read, held).run));
  /** Mask entry of each output channel, where a step's map must be masked. */
  const masked = new Map<FusedOp, Int32Array>();
  for (const op of program) {
    const columns = layout.columnsOf(op.output);
    if (needsMask(op) && columns.some((column) => column >= 0)) masked.set(op, columns);
  }

  return {
    trace,
    layout,
    valuesPerImage: program.reduce((sum, { output }) => sum + sizeOf(nodes.get(output)!), 0),
    outputs: (x, masks) =>
      tf.tidy(() => {
        const modules = masks.shape[0];
        /** Values that every module has its own of: [modules · batch, …]. The others all have in common. */
        const own = new WeakSet<tf.Tensor>();
        const repeat = (values: tf.Tensor[]) =>
          values.some((value) => own.has(value))
            ? values.map((value) => (own.has(value) ? value : ownOf(repeated(value, modules))))
            : values;
        const ownOf = (value: tf.Tensor) => {
          own.add(value);
          return value;
        };
        let result: tf.Tensor = x;
        runner.run(x, steps, (_, [output]) => (result = output), {
          inputs: (_, values) => repeat(values),
          output(op, value, inputs) {
            const isOwn = inputs.some((input) => own.has(input));
            const columns = masked.get(op);
            if (columns) return ownOf(maskChannels(value, channelMasks(masks, columns), !isOwn));
            return isOwn ? ownOf(value) : value;
          },
        });
        const whole = own.has(result) ? result : repeated(result, modules);
        return tf.reshape(whole, [modules, x.shape[0], whole.shape[1]!]);
      }),
    dispose: () => tf.dispose(held),
  };
}

function needsMask({ node, activation }: FusedOp): boolean {
  return !keepsZero(node) || !activationKeepsZero(activation);
}

function repeated(x: tf.Tensor, times: number): tf.Tensor {
  return tf.tile(x, [times, ...x.shape.slice(1).fill(1)]);
}

function sizeOf({ outputShape }: LayerNode): number {
  return outputShape.reduce<number>((product, size) => product * (size ?? 1), 1);
}
