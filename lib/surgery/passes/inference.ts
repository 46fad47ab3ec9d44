import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { readModel, type ReadModel } from '../trace/read-model.js';
import { fuseGraph, type FusedOp } from './fused-program.js';
import { createRunner } from './runner.js';
import { makeStep, type ChannelsByLayer } from './step.js';

/** What {@link compileInference} can be told. */
export interface CompileOptions {
  /** Layers whose output maps are wanted as well. Each one asked for costs the fusions across it. */
  maps?: readonly string[];
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
 * @throws ModelError when the model cannot be traced, OptionError when `maps` names an unknown layer
 */
export function compileInference(model: tf.LayersModel, options: CompileOptions = {}): CompiledInference {
  const read = readModel(model);
  void read.trace; // refuses what steps would take for something else: channels first, other axes
  const maps = options.maps ?? [];
  return compileProgram(read, fuseGraph(read, maps), maps);
}

/**
 * Makes a fused program executable.
 * @param kept the channels to be cut out. Default: all
 */
export function compileProgram(
  read: ReadModel,
  program: readonly FusedOp[],
  maps: readonly string[],
  kept?: ChannelsByLayer,
): CompiledInference {
  const runner = createRunner(read, program, [read.output.name, ...maps]);
  const held: tf.Tensor[] = [];
  const steps = runner.chain(
    program.map((op, i) => makeStep(op, read, held, { kept, overwrite: op.residual && runner.canOverwrite(i) })),
  );
  let disposed = false;
  const forward = (x: tf.Tensor4D, wanted: number): tf.Tensor[] => {
    if (disposed) throw new ModelError('This compiled model has been disposed.');
    let results: tf.Tensor[] = [];
    runner.run(x, steps, (_, values) => (results = values.slice(0, wanted).map((value) => value.clone())));
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
      tf.dispose(held);
    },
  };
}
