import * as tf from '../tf.js';
import { batches } from '../datasets/batches.js';
import { checkClassNames } from '../datasets/check-image-set.js';
import type { ImageSet } from '../datasets/dataset.js';
import { keepClasses } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import { classIndexOf } from '../metrics/summaries.js';
import type { Classifier } from '../models/classifier.js';
import { outputKind } from '../models/output-kind.js';
import { inferenceOf } from '../surgery/passes/any-inference.js';
import type { Module } from '../surgery/modules/module.js';
import { asScoringModule, type ScoringModule } from '../surgery/modules/scoring-module.js';
import { combineScores, fitCalibration, type Calibration, type FittedCalibration } from './calibration.js';
import { moduleBesideWeak, type InputNormalisations } from './module-beside-weak.js';

/** What {@link patch} can be told. */
export interface PatchOptions {
  /** The weak model's classes, in the order of its outputs. Weak model and module need to share the target class only. */
  classNames: readonly string[];
  /** Class whose score is replaced. Default: the module's target class. */
  targetClass?: string;
  /**
   * Images that the calibration is fitted on. They must not be the images that the patched model is reported on.
   * 'learned' needs the weak model's classes, labelled as such; for the other rules images of the target class do,
   * under the module's name for it or the weak model's.
   */
  calibrationImages: ImageSet;
  /** Default 'minMax', the paper's. */
  calibration?: Calibration;
  /** Where weak model and module want their images normalised differently. `predict` takes the weak model's. */
  normalisations?: InputNormalisations;
}

/** The models of a {@link PatchedModel}; they are the caller's. */
export interface PatchParts {
  readonly weak: tf.LayersModel;
  readonly module: Module | ScoringModule;
  readonly normalisations?: InputNormalisations;
}

/** A weak model whose target-class score comes from a module. Dispose it after use; weak model and module stay. */
export interface PatchedModel extends Classifier {
  readonly targetClass: string;
  readonly calibration: FittedCalibration;
  /** What it was made of. */
  readonly parts: PatchParts;
  /**
   * @returns `[batch, classes]`, the weak model's softmax probabilities, the target column replaced, not renormalised
   *   ('learned': probabilities of all classes)
   */
  predict(x: tf.Tensor4D): tf.Tensor2D;
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/**
 * Patches a weak model with a module (spec cnnsplitter §3.1): p = softmax(weak(x)); the target class's probability is
 * thrown away and replaced by (module score − low) / (high − low), not clipped; the others are not renormalised. For the
 * other rules see {@link Calibration}.
 *
 * @param weak [batch, height, width, channels] → [batch, classes], logits or probabilities
 * @param module of any method; a decomposed one as its `marginModule`
 * @throws OptionError when two classes have one name, the target class is missing on either side, the calibration images do not suffice, or the two
 *   take images of different sizes
 * @example
 * const patched = patch(weak, modules['circle'], { classNames: test.classNames, calibrationImages: validation });
 * plot.beforeAfter(await evaluate(weak, test), await evaluate(patched, test), { targetClass: 'circle' }).show();
 */
export function patch(weak: tf.LayersModel, module: Module | ScoringModule, options: PatchOptions): PatchedModel {
  const { classNames, targetClass = module.targetClass, calibrationImages, calibration = 'minMax' } = options;
  checkClassNames('patch, classNames', classNames);
  const target = classIndexOf(classNames, targetClass);
  requireFittingModels(weak, module, classNames);
  const learns = calibration === 'learned';
  const images = learns
    ? keepClasses(calibrationImages, classNames, { relabel: true })
    : targetImages(calibrationImages, module.targetClass, targetClass);
  const weakModel = inferenceOf(weak);
  const weakKind = outputKind(weak);
  const own = moduleBesideWeak(module, options.normalisations);
  const dispose = () => {
    weakModel.dispose();
    own.dispose();
  };
  try {
    const fitted = fitCalibration(calibration, {
      weak: learns ? scoresOn(images, (x) => weakModel.predict(x)) : new Float32Array(0),
      weakKind,
      module: calibration === 'sigmoid' ? new Float32Array(0) : scoresOn(images, (x) => own.predict(x)),
      moduleKind: own.kind,
      labels: learns ? images.labels : images.labels.map(() => target),
      classes: classNames.length,
      target,
    });
    return {
      classNames,
      targetClass,
      calibration: fitted,
      parts: { weak, module, ...(options.normalisations && { normalisations: options.normalisations }) },
      predict: (x) =>
        tf.tidy(() =>
          combineScores(
            fitted,
            { scores: weakModel.predict(x), kind: weakKind },
            { scores: own.predict(x), kind: own.kind },
            target,
          ),
        ),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function requireFittingModels(
  weak: tf.LayersModel,
  module: Module | ScoringModule,
  classNames: readonly string[],
): void {
  const outputs = weak.outputs[0].shape[1];
  if (outputs !== classNames.length) {
    throw new OptionError(`patch: the weak model puts out ${outputs} classes, classNames has ${classNames.length}.`);
  }
  const [weakInput, moduleInput] = [weak.inputs[0].shape.slice(1), asScoringModule(module).inputShape].map((shape) =>
    shape.join('×'),
  );
  if (weakInput !== moduleInput) {
    throw new OptionError(`patch: the weak model takes images of ${weakInput}, the module of ${moduleInput}.`);
  }
}

/** The images of the module's class, under whichever of the two names the set knows it. */
function targetImages(images: ImageSet, ...names: readonly string[]): ImageSet {
  const name = names.find((candidate) => images.classNames.includes(candidate)) ?? names[0];
  return keepClasses(images, [name], { relabel: true });
}

function scoresOn(set: ImageSet, predict: (x: tf.Tensor4D) => tf.Tensor): Float32Array {
  const parts: number[] = [];
  for (const { x } of batches(set, { batchSize: 125 })) {
    try {
      tf.tidy(() => parts.push(...predict(x).dataSync<'float32'>()));
    } finally {
      x.dispose();
    }
  }
  return Float32Array.from(parts);
}
