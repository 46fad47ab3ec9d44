import { ensureBackend } from '../backend/ensure-backend.js';
import { checkClassNames } from '../datasets/check-image-set.js';
import type { ImageSet } from '../datasets/dataset.js';
import type { Classifier } from '../models/classifier.js';
import { outputKind } from '../models/output-kind.js';
import type { RunOptions } from '../run/options.js';
import type { Module } from '../surgery/modules/module.js';
import { inferenceOf } from '../surgery/passes/any-inference.js';
import * as tf from '../tf.js';
import { requireModel } from '../training/check-images.js';
import { type Calibration, combineScores, type FittedCalibration } from './calibration.js';
import { createCalibrationFitter } from './calibration-fitter.js';
import { type InputNormalisations, moduleBesideWeak } from './module-beside-weak.js';

/** What {@link patch} can be told. */
export interface PatchOptions extends Omit<RunOptions, 'seed'> {
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
  /** Images per forward pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
}

/** The models of a {@link PatchedModel}; they are the caller's. */
export interface PatchParts {
  readonly weak: tf.LayersModel;
  readonly module: Module;
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
 * @param module of any kind
 * @throws OptionError when two classes have one name, the target class is missing on either side, the calibration images do not suffice, or the two
 *   take images of different sizes; InterruptedError on `signal`
 * @example
 * const patched = await patch(weak, modules['circle'], { classNames: test.classNames, calibrationImages: validation });
 * plot.beforeAfter(await evaluate(weak, test), await evaluate(patched, test), { targetClass: 'circle' }).show();
 */
export async function patch(weak: tf.LayersModel, module: Module, options: PatchOptions): Promise<PatchedModel> {
  await ensureBackend();
  requireModel('patch', weak);
  const { classNames, calibration = 'minMax', normalisations } = options;
  checkClassNames('patch, classNames', classNames);
  const weakModel = inferenceOf(weak);
  const own = moduleBesideWeak(module, normalisations);
  const dispose = () => {
    weakModel.dispose();
    own.dispose();
  };
  try {
    const fitter = createCalibrationFitter(weak, weakModel, module, own, options);
    const fitted = await fitter.fit(calibration);
    const weakKind = outputKind(weak);
    return {
      classNames,
      targetClass: fitter.targetClass,
      calibration: fitted,
      parts: { weak, module, ...(normalisations && { normalisations }) },
      predict: (x) =>
        tf.tidy(() =>
          combineScores(
            fitted,
            { scores: weakModel.predict(x), kind: weakKind },
            { scores: own.predict(x), kind: own.kind },
            fitter.target,
          ),
        ),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
