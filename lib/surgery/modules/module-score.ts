import * as tf from '../../tf.js';
import { compileInference } from '../passes/inference.js';
import type { Module } from './module.js';

/** A module's one score, fast. Dispose it after use; the module stays. */
export interface ModuleScore {
  /**
   * The score of every image.
   * @param x [batch, height, width, channels]
   * @returns `[batch, 1]`, the target class's logit, or the head's score from 0 to 1; the caller disposes it
   */
  predict: (x: tf.Tensor4D) => tf.Tensor2D;
  /** Frees the compiled weights. */
  dispose: () => void;
}

/** Compiles a module's forward pass to its one score (spec cnnsplitter §1). */
export function scoreModule(module: Module): ModuleScore {
  const compiled = compileInference(module.model);
  const { head, classIndex } = module;
  return {
    predict: (x) =>
      tf.tidy(() => {
        const logits = compiled.predict(x);
        return head ? (head.predict(logits) as tf.Tensor2D) : tf.slice(logits, [0, classIndex], [-1, 1]);
      }),
    dispose: () => compiled.dispose(),
  };
}
