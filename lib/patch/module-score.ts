import * as tf from '../tf.js';
import type { Normalisation } from '../datasets/dataset.js';
import { inferenceOf } from '../surgery/any-inference.js';
import type { Module } from '../surgery/module.js';
import type { ScoreKind } from './calibration.js';

/** A module's own score, ready to run beside a weak model. Dispose it after use; the module stays. */
export interface ModuleScore {
  readonly kind: ScoreKind;
  /** @returns [batch, 1] for x [batch, height, width, channels], normalised as the weak model's images */
  predict(x: tf.Tensor4D): tf.Tensor2D;
  dispose(): void;
}

/** How the same images are normalised for the weak model, and how for the module. */
export interface InputNormalisations {
  readonly weak: Normalisation;
  readonly module: Normalisation;
}

/** The module's logit of its target class. */
export function moduleScore(module: Module, normalisations?: InputNormalisations): ModuleScore {
  const inference = inferenceOf(module.model);
  return {
    kind: 'logits',
    predict: (x) =>
      tf.tidy(() =>
        tf.slice(
          inference.predict(normalisations ? renormalise(x, normalisations) : x),
          [0, module.classIndex],
          [-1, 1],
        ),
      ),
    dispose: () => inference.dispose(),
  };
}

/** Undoes one normalisation and applies the other: channel by channel x · factor + shift. */
function renormalise(x: tf.Tensor4D, { weak, module }: InputNormalisations): tf.Tensor4D {
  const factor = weak.std.map((std, c) => std / module.std[c]);
  const shift = weak.mean.map((mean, c) => (mean - module.mean[c]) / module.std[c]);
  return tf.add(tf.mul(x, factor), shift);
}
