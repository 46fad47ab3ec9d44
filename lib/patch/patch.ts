import * as tf from '../tf.js';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import { classIndexOf } from '../metrics/summaries.js';
import type { Classifier } from '../models/classifier.js';
import { outputKind } from '../models/output-kind.js';
import { inferenceOf } from '../surgery/any-inference.js';
import type { Module } from '../surgery/module.js';
import { calibrationRange, type Calibration, type CalibrationRange } from './calibration.js';

export interface PatchOptions {
  /** The weak model's classes, in the order of its outputs. */
  classNames: readonly string[];
  /** Class whose score is replaced. Default: the module's target class. */
  targetClass?: string;
  /**
   * Images that the module's logit range is read from; only those labelled with the module's target class are used.
   * They must not be the images that the patched model is reported on.
   */
  calibrationImages: ImageSet;
  /** Default 'minMax', the paper's. */
  calibration?: Calibration;
}

/** A weak model whose target-class score comes from a module. Dispose it after use; weak model and module stay. */
export interface PatchedModel extends Classifier {
  readonly targetClass: string;
  readonly range: CalibrationRange;
  /** @returns [batch, classes]: the weak model's softmax probabilities, the target column replaced, not renormalised */
  predict(x: tf.Tensor4D): tf.Tensor2D;
  dispose(): void;
}

/**
 * Patches a weak model with a module (spec cnnsplitter §3.1): p = softmax(weak(x)); the target class's probability is
 * thrown away and replaced by (module logit − low) / (high − low), not clipped; the others are not renormalised.
 *
 * @param weak [batch, height, width, channels] → [batch, classes], logits or probabilities
 * @throws OptionError when the target class is missing on either side, there are no calibration images of it, its logits have no spread, or the two
 *   take images of different sizes
 */
export function patch(weak: tf.LayersModel, module: Module, options: PatchOptions): PatchedModel {
  const { classNames, targetClass = module.targetClass, calibrationImages, calibration = 'minMax' } = options;
  const target = classIndexOf(classNames, targetClass);
  const outputs = weak.outputs[0].shape[1];
  if (outputs !== classNames.length) {
    throw new OptionError(`patch: the weak model puts out ${outputs} classes, classNames has ${classNames.length}.`);
  }
  if (weak.inputs[0].shape.slice(1).join('×') !== module.model.inputs[0].shape.slice(1).join('×')) {
    throw new OptionError(
      `patch: the weak model takes images of ${weak.inputs[0].shape.slice(1).join('×')}, the module of ` +
        `${module.model.inputs[0].shape.slice(1).join('×')}.`,
    );
  }
  const calibrationClass = classIndexOf(calibrationImages.classNames, module.targetClass);
  const compiledWeak = inferenceOf(weak);
  const compiledModule = inferenceOf(module.model);
  const ownLogit = (x: tf.Tensor4D) => tf.slice(compiledModule.predict(x), [0, module.classIndex], [-1, 1]);
  const dispose = () => {
    compiledWeak.dispose();
    compiledModule.dispose();
  };
  let range: CalibrationRange;
  try {
    range = calibrationRange(logitsOn(calibrationImages, calibrationClass, ownLogit), calibration);
  } catch (error) {
    dispose();
    throw error;
  }
  const isLogits = outputKind(weak) === 'logits';
  const span = range.high - range.low;
  return {
    classNames,
    targetClass,
    range,
    predict: (x) =>
      tf.tidy(() => {
        const scores = compiledWeak.predict(x);
        const p = isLogits ? tf.softmax(scores) : scores;
        const replaced = tf.div(tf.sub(ownLogit(x), range.low), span);
        const parts: tf.Tensor2D[] = [];
        if (target > 0) parts.push(tf.slice(p, [0, 0], [-1, target]));
        parts.push(replaced as tf.Tensor2D);
        if (target < classNames.length - 1) parts.push(tf.slice(p, [0, target + 1], [-1, -1]));
        return tf.concat(parts, 1);
      }),
    dispose,
  };
}

function logitsOn(set: ImageSet, classIndex: number, ownLogit: (x: tf.Tensor4D) => tf.Tensor): Float32Array {
  const own = Array.from(set.labels.keys()).filter((i) => set.labels[i] === classIndex);
  const logits: number[] = [];
  for (const { x } of batches(set, { batchSize: 125, order: own })) {
    try {
      tf.tidy(() => logits.push(...ownLogit(x).dataSync()));
    } finally {
      x.dispose();
    }
  }
  return Float32Array.from(logits);
}
