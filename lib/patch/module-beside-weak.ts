import type { Normalisation } from '../datasets/dataset.js';
import { renormalise } from '../datasets/renormalise.js';
import type { OutputKind } from '../models/output-kind.js';
import type { Module, OpenModule } from '../surgery/modules/module.js';
import * as tf from '../tf.js';

/** How the same images are normalised for the weak model, and how for the module. */
export interface InputNormalisations {
  readonly weak: Normalisation;
  readonly module: Normalisation;
}

/** A module's score as it runs beside a weak model: it takes the weak model's input. Dispose it after use. */
export interface BesideWeak extends Pick<OpenModule, 'predict' | 'dispose'> {
  readonly kind: OutputKind;
}

/** Opens a module beside a weak model, whose images may be normalised otherwise. */
export function moduleBesideWeak(module: Module, normalisations?: InputNormalisations): BesideWeak {
  const score = module.open();
  return {
    kind: score.scoreKind === 'probability' ? 'probabilities' : 'logits',
    predict: (x) =>
      tf.tidy(() => score.predict(normalisations ? renormalise(x, normalisations.weak, normalisations.module) : x)),
    dispose: () => score.dispose(),
  };
}
