import * as tf from '../tf.js';
import type { Normalisation } from '../datasets/dataset.js';
import { renormalise } from '../datasets/renormalise.js';
import type { ModuleScore } from '../surgery/modules/module-score.js';
import type { Module } from '../surgery/modules/module.js';
import { asScoringModule, type ScoringModule } from '../surgery/modules/scoring-module.js';
import type { ScoreKind } from './calibration.js';

/** How the same images are normalised for the weak model, and how for the module. */
export interface InputNormalisations {
  readonly weak: Normalisation;
  readonly module: Normalisation;
}

/** A module's score as it runs beside a weak model: it takes the weak model's input. Dispose it after use. */
export interface BesideWeak extends ModuleScore {
  readonly kind: ScoreKind;
}

/** Opens a module beside a weak model, whose images may be normalised otherwise. */
export function moduleBesideWeak(module: Module | ScoringModule, normalisations?: InputNormalisations): BesideWeak {
  const scoring = asScoringModule(module);
  const score = scoring.open();
  return {
    kind: scoring.kind,
    predict: (x) =>
      tf.tidy(() => score.predict(normalisations ? renormalise(x, normalisations.weak, normalisations.module) : x)),
    dispose: () => score.dispose(),
  };
}
