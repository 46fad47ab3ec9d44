import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { type CompiledInference, compileInference } from './inference.js';
import type { CutState, LayerTail } from './layer-tail.js';

/** What lies in front of a cut, in evaluation mode. Holds weight tensors: dispose it. */
export interface CutInference {
  /**
   * As the tail's `untilLayer`, to float32 rounding.
   * @param x [batch, height, width, channels]
   * @returns tensors of the caller
   */
  run(x: tf.Tensor4D): CutState;
  dispose(): void;
}

/**
 * Everything up to a cut, compiled where the model's layers can be traced and the cut convolution has no activation fused
 * into it; else layer by layer. A compiled pass is several times as fast. It copies the weights.
 * @param tail of the same model, see `cutAtLayer`
 */
export function compileUntilLayer(model: tf.LayersModel, tail: LayerTail): CutInference {
  const activation = model.getLayer(tail.layer).getConfig()['activation'] ?? 'linear';
  const compiled = activation === 'linear' ? tryCompile(model, [tail.layer, ...tail.carriedLayers]) : null;
  if (!compiled) return { run: (x) => tail.untilLayer(x), dispose: () => undefined };
  return {
    run(x) {
      const { output, maps } = compiled.predictWithMaps(x);
      output.dispose();
      return { map: maps[tail.layer] as tf.Tensor4D, carried: tail.carriedLayers.map((name) => maps[name]) };
    },
    dispose: () => compiled.dispose(),
  };
}

function tryCompile(model: tf.LayersModel, maps: readonly string[]): CompiledInference | null {
  try {
    return compileInference(model, { maps });
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}
