import { ModelError } from '../../errors.js';
import { allLayers } from '../../models/model-graph.js';
import * as tf from '../../tf.js';
import { requireUndilated } from '../graph/convolution-settings.js';
import { layerType } from '../layers/table.js';
import { readModel } from '../trace/read-model.js';
import { fuseGraph } from './fused-program.js';
import { createRunner } from './runner.js';
import { makeFrozenStep } from './step.js';

/** A model's evaluation-mode forward pass, differentiable in the images. Holds weight tensors: dispose it. */
export interface FrozenNetwork {
  /**
   * @param x [batch, height, width, channels]
   * @returns [batch, classes]; the caller disposes it
   */
  outputs: (x: tf.Tensor4D) => tf.Tensor2D;
  dispose(): void;
}

/**
 * Compiles a model for gradients with respect to its input: batch norm folded into convolutions, no gradient of any
 * weight computed. The weights are copied. A model whose layers cannot be traced runs as it is, which is slower.
 * @throws ModelError for dilated convolutions, which have no gradient
 */
export function createFrozenNetwork(model: tf.LayersModel): FrozenNetwork {
  for (const layer of allLayers(model)) {
    // Types without a frozen step of their own run on operations that have one, dilated or not.
    if (layerType(layer.getClassName())?.frozenStep === undefined) continue;
    requireUndilated({ name: layer.name, className: layer.getClassName(), config: layer.getConfig() });
  }
  try {
    return compile(model);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { outputs: (x) => model.apply(x, { training: false }) as tf.Tensor2D, dispose: () => undefined };
  }
}

function compile(model: tf.LayersModel): FrozenNetwork {
  const read = readModel(model);
  void read.trace; // refuses what steps would take for something else
  const program = fuseGraph(read, [], false);
  const held: tf.Tensor[] = [];
  const runner = createRunner(read, program, [read.output.name], true);
  const steps = runner.chain(program.map((op) => makeFrozenStep(op, read, held).run));
  return {
    outputs: (x) =>
      tf.tidy(() => {
        let result: tf.Tensor = x;
        runner.run(x, steps, (_, [output]) => (result = output));
        return result as tf.Tensor2D;
      }),
    dispose: () => tf.dispose(held),
  };
}
