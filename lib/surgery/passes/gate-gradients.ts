import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { mixesChannels } from '../layers/table.js';
import { type MaskLayout, maskLayout } from '../trace/channel-masks.js';
import { readModel } from '../trace/read-model.js';
import type { ModelTrace } from '../trace/trace.js';
import { evaluationSource, fuseGraph } from './fused-program.js';
import { createRunner } from './runner.js';
import { type FrozenStep, makeFrozenStep } from './step.js';

/** The gradients of a model's outputs by gates on its kernels. Holds weight tensors: dispose it. */
export interface GateGradients {
  readonly trace: ModelTrace;
  /** Numbers the units that can be removed, see {@link maskLayout}. */
  readonly layout: MaskLayout;
  /** Unit of every gate. */
  readonly unitOf: Int32Array;
  /**
   * ∂z_c / ∂gate of every image: how much output c would go down, to first order, if one layer did not see the unit; summed
   * over a unit's gates, if it were removed. One forward pass in evaluation mode, then one backward pass per class wanted.
   * @param x [batch, height, width, channels]
   * @param classes columns of the output
   * @returns the outputs [batch · classes] and, per class wanted, the gradients [batch · gates], image after image
   */
  run(x: tf.Tensor4D, classes: readonly number[]): { logits: Float32Array; byClass: Float32Array[] };
  dispose(): void;
}

interface Reader {
  readonly step: FrozenStep;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whether anything in front of this input can be removed, so that its gradient is wanted; per input. */
  readonly wanted: readonly boolean[];
  /** Of a mixing step: the gate of each channel that it reads, −1 for none. */
  readonly gates: Int32Array | null;
}

/**
 * Prepares the gradients of a model by gates of one. A unit has a gate in front of every layer that reads it and mixes
 * channels (convolution, dense layer), behind batch norm, activation and pooling: with all of its gates at zero the
 * network is the one that extraction leaves. Kernels that are tied by additions are one unit.
 * Batch norm is folded into convolutions; the weights are copied and get no gradient.
 * @throws ModelError when the model cannot be traced, has dilated convolutions (no gradient) or nothing to remove
 */
export function createGateGradients(model: tf.LayersModel): GateGradients {
  const read = readModel(model);
  const { trace, nodes, image } = read;
  const layout = maskLayout(trace);
  if (layout.units === 0) {
    throw new ModelError(`Model '${model.name}': it has no convolution layer whose kernels can be removed.`);
  }
  const program = fuseGraph(read, [], false);
  const runner = createRunner(read, program, [read.output.name], true);
  const held: tf.Tensor[] = [];
  const unitOf: number[] = [];
  /** New gates for the units that a layer reads; the gate of each of its channels, −1 for none. */
  const gatesBefore = (input: string): Int32Array => {
    const gateOf = new Map<number, number>();
    return layout.columnsOf(input).map((unit) => {
      if (unit < 0) return -1;
      if (!gateOf.has(unit)) gateOf.set(unit, unitOf.push(unit) - 1);
      return gateOf.get(unit)!;
    });
  };
  const removable = (layer: string) => layout.columnsOf(layer).some((unit) => unit >= 0);
  // Behind the first kernels every map can depend on a gate, its own channels' or others'.
  const gated = new Set<string>();
  const readers = program.map((op): Reader => {
    const inputs = op.inputs.map((name) => evaluationSource(nodes, name));
    const wanted = inputs.map((name) => gated.has(name) || removable(name));
    if (wanted.includes(true) || removable(op.output)) gated.add(op.output);
    // From here on, a channel cannot be told from the others any more.
    const mixes = mixesChannels(op.node) && removable(inputs[0]);
    return {
      step: makeFrozenStep(op, read, held),
      inputs,
      output: op.output,
      wanted,
      gates: mixes ? gatesBefore(inputs[0]) : null,
    };
  });
  const steps = runner.chain(readers.map(({ step }) => step.run));
  const last = evaluationSource(nodes, read.output.name);

  return {
    trace,
    layout,
    unitOf: Int32Array.from(unitOf),
    run: (x, classes) => {
      const byClass: Float32Array[] = [];
      const logits = tf.tidy(() => {
        const maps = new Map<string, tf.Tensor>([[image.name, x]]);
        runner.run(x, steps, () => undefined, { output: ({ output }, value) => void maps.set(output, value) });
        const z = maps.get(last)!;
        for (const c of classes) {
          const dz = tf.oneHot(tf.fill([x.shape[0]], c, 'int32'), z.shape[1]!);
          byClass.push(tf.tidy(() => backward(readers, maps, last, tf.cast(dz, 'float32'), unitOf.length)));
        }
        return z.dataSync<'float32'>().slice();
      });
      return { logits, byClass };
    },
    dispose: () => tf.dispose(held),
  };
}

/** One backward pass; a map's gradient is freed once the step that made the map has been passed. */
function backward(
  readers: readonly Reader[],
  maps: ReadonlyMap<string, tf.Tensor>,
  last: string,
  dz: tf.Tensor,
  gates: number,
): Float32Array {
  const batch = dz.shape[0];
  const total = new Float32Array(batch * gates);
  const gradients = new Map([[last, dz]]);
  for (const { step, inputs, output, wanted, gates: gateOf } of [...readers].reverse()) {
    const dy = gradients.get(output);
    if (!dy || !wanted.includes(true)) continue;
    const xs = inputs.map((name) => maps.get(name)!);
    const dxs = tf.tidy(() => step.inputGradients(xs, maps.get(output)!, dy));
    dy.dispose();
    if (gateOf) addGates(total, gates, gateOf, channelProducts(xs[0], dxs[0]));
    inputs.forEach((name, i) => {
      const before = gradients.get(name);
      if (!wanted[i]) dxs[i].dispose();
      else if (!before) gradients.set(name, dxs[i]);
      else {
        gradients.set(name, tf.add(before, dxs[i]));
        tf.dispose([before, dxs[i]]);
      }
    });
  }
  return total;
}

/** Σ x · dx over a map, [batch · channels]. */
function channelProducts(x: tf.Tensor, dx: tf.Tensor): Float32Array {
  return tf.tidy(() => {
    const channels = x.shape[x.rank - 1];
    const places = x.size / channels / x.shape[0];
    const products = tf.reshape(tf.mul(x, dx), [x.shape[0], places, channels]);
    if (places === 1) return products.dataSync<'float32'>();
    // A product with a row of ones is faster than a sum over a middle axis.
    return tf.matMul(tf.ones([x.shape[0], 1, places]), products).dataSync<'float32'>();
  });
}

function addGates(total: Float32Array, gates: number, gateOf: Int32Array, products: Float32Array): void {
  const channels = gateOf.length;
  for (let from = 0, to = 0; from < products.length; from += channels, to += gates) {
    for (let channel = 0; channel < channels; channel++) {
      const gate = gateOf[channel];
      if (gate >= 0) total[to + gate] += products[from + channel];
    }
  }
}
