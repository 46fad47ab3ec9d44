import { type Precision, requirePrecision } from '../../backend/inference-plan.js';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { type ReadModel, readModel } from '../trace/read-model.js';
import { type FusedOp, fuseGraph } from './fused-program.js';
import { createNetworkPlan } from './network-plan.js';
import { createRunner } from './runner.js';
import { type ChannelsByLayer, makeStep } from './step.js';

/** What {@link compileInference} can be told. */
export interface CompileOptions {
  /** Layers whose output maps are wanted as well. Each one asked for costs the fusions across it. */
  maps?: readonly string[];
  /**
   * What convolutions and dense layers multiply. `'bf16'` keeps 8 bits of precision in maps and weights; scores, and maps that were
   * asked for, come out in float32. It takes the native backend and AVX512_BF16 or AMX. With AVX512_BF16 alone (Zen 4) it was not faster than
   * float32 as measured, see bench; AMX was not tried. Default `'f32'`.
   */
  precision?: Precision;
}

/** A model's forward pass in evaluation mode, without the overhead of layers. Holds weight tensors: dispose it. */
export interface CompiledInference {
  /**
   * @param x [batch, height, width, channels], as for the model's own `predict`
   * @returns [batch, classes]; the caller disposes it
   */
  predict(x: tf.Tensor4D): tf.Tensor2D;
  /** As `predict`, with the output map of each layer of the option `maps`, [batch, …, kept channels]. */
  predictWithMaps(x: tf.Tensor4D): { output: tf.Tensor2D; maps: { [layer: string]: tf.Tensor } };
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/**
 * Compiles a model's forward pass: batch norm folded into convolutions, bias and ReLU fused with them, dropout left out,
 * every map freed after its last use. Agrees with `model.predict` to float32 rounding. The weights are copied: later
 * training of the model is not seen, and the model may be disposed.
 * @throws ModelError when the model cannot be traced, OptionError when `maps` names an unknown layer or the precision is not
 *   to be had here
 */
export function compileInference(model: tf.LayersModel, options: CompileOptions = {}): CompiledInference {
  const read = readModel(model);
  void read.trace; // refuses what steps would take for something else: channels first, other axes
  const maps = options.maps ?? [];
  return compileProgram(read, fuseGraph(read, maps), options);
}

/**
 * Makes a fused program executable: as one plan where the backend has plans and knows every step, else step by step.
 * @param kept the channels to be cut out. Default: all
 * @throws OptionError when the precision is not to be had here, naming the layer if it is one
 */
export function compileProgram(
  read: ReadModel,
  program: readonly FusedOp[],
  { maps = [], precision = 'f32' }: CompileOptions,
  kept?: ChannelsByLayer,
): CompiledInference {
  requirePrecision('precision', precision);
  const wanted = [read.output.name, ...maps];
  const runner = createRunner(read, program, wanted);
  const plan = createNetworkPlan(read, runner, { kept }, precision);
  const held: tf.Tensor[] = [];
  let steps: ReturnType<typeof runner.chain> | undefined;
  const makeSteps = () =>
    (steps ??= runner.chain(
      program.map((op, i) => makeStep(op, read, held, { kept, overwrite: op.residual && runner.canOverwrite(i) })),
    ));
  if (!plan) makeSteps();
  let disposed = false;
  const forward = (x: tf.Tensor4D, count: number): tf.Tensor[] => {
    if (disposed) throw new ModelError('This compiled model has been disposed.');
    runner.requireImages(x);
    const planned = plan?.run(x);
    if (planned) return planned.slice(0, count);
    let results: tf.Tensor[] = [];
    runner.run(x, makeSteps(), (_, values) => (results = values.slice(0, count).map((value) => value.clone())));
    return results;
  };
  return {
    predict: (x) => tf.tidy(() => forward(x, 1)[0] as tf.Tensor2D),
    predictWithMaps: (x) =>
      tf.tidy(() => {
        const [output, ...shown] = forward(x, 1 + maps.length);
        return {
          output: output as tf.Tensor2D,
          maps: Object.fromEntries(maps.map((layer, i) => [layer, shown[i]])),
        };
      }),
    dispose() {
      disposed = true;
      plan?.dispose();
      tf.dispose(held);
    },
  };
}
