import type * as tf from '../../tf.js';
import type { CompiledInference, CompileOptions } from './compile-program.js';
import { createExtractor } from '../modules/extract.js';
import { fullSelection } from '../trace/kernel-selection.js';

export type { CompiledInference, CompileOptions };

/**
 * Compiles a model's forward pass: batch norm folded into convolutions, bias and ReLU fused with them, dropout left out,
 * every map freed after its last use. Agrees with `model.predict` to float32 rounding. The weights are copied: later
 * training of the model is not seen, and the model may be disposed.
 * @throws ModelError when the model cannot be traced, OptionError when `maps` names an unknown layer
 */
export function compileInference(model: tf.LayersModel, options: CompileOptions = {}): CompiledInference {
  const extractor = createExtractor(model);
  try {
    return extractor.compile(fullSelection(extractor.trace), options);
  } finally {
    extractor.dispose();
  }
}
