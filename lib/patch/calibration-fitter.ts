import type { ImageSet } from '../datasets/dataset.js';
import { passOver } from '../datasets/pass-over.js';
import { keepClasses } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import { classIndexOf } from '../metrics/summaries.js';
import { outputKind } from '../models/output-kind.js';
import type { RunOptions } from '../run/options.js';
import type { Module } from '../surgery/modules/module.js';
import type * as tf from '../tf.js';
import { type Calibration, fitCalibration, type FittedCalibration } from './calibration.js';
import type { BesideWeak } from './module-beside-weak.js';

/** What rules are fitted to. */
export interface CalibrationImages extends Omit<RunOptions, 'seed'> {
  /** The weak model's classes, in the order of its outputs. */
  readonly classNames: readonly string[];
  /** Class whose score is replaced. Default: the module's target class. */
  readonly targetClass?: string;
  /** Images that nothing is reported on. */
  readonly calibrationImages: ImageSet;
  readonly batchSize?: number;
}

/** Fits rules to one weak model, one module and one set of images. Weak model and module run only as often as rules need them. */
export interface CalibrationFitter {
  readonly targetClass: string;
  /** Column of the target class in the weak model's output. */
  readonly target: number;
  /** @throws OptionError when the images do not suffice for the rule, or it is unknown */
  fit(rule: Calibration): Promise<FittedCalibration>;
}

/**
 * @param weakInference of `weak`; a rule that looks at no score of the weak model does not run it
 * @throws OptionError when weak model, module and class names do not fit together
 */
export function createCalibrationFitter(
  weak: tf.LayersModel,
  weakInference: { predict(x: tf.Tensor4D): tf.Tensor2D },
  module: Module,
  own: BesideWeak,
  options: CalibrationImages,
): CalibrationFitter {
  const { classNames, targetClass = module.targetClass, calibrationImages, batchSize, onProgress, signal } = options;
  const target = classIndexOf(classNames, targetClass);
  requireFittingModels(weak, module, classNames);
  const weakKind = outputKind(weak);
  const common = { weakKind, moduleKind: own.kind, classes: classNames.length, target };
  const scoresOn = async (images: ImageSet, predict: (x: tf.Tensor4D) => tf.Tensor2D): Promise<Float32Array> => {
    const parts: Float32Array[] = [];
    await passOver(images, { task: 'calibration of a patch', batchSize, onProgress, signal }, async ({ x }) => {
      const y = predict(x);
      parts.push(await y.data<'float32'>());
      y.dispose();
    });
    return Float32Array.from(parts.flatMap((part) => [...part]));
  };
  /** The module's scores on images of the target class. */
  const ofTarget = once(async () => {
    const images = targetImages(calibrationImages, module.targetClass, targetClass);
    const scores = await scoresOn(images, own.predict);
    return { ...common, weak: new Float32Array(0), module: scores, labels: images.labels.map(() => target) };
  });
  /** Both models' scores on images of all classes. */
  const ofAll = once(async () => {
    const images = keepClasses(calibrationImages, classNames, { relabel: true });
    const scores = await scoresOn(images, (x) => weakInference.predict(x));
    return { ...common, weak: scores, module: await scoresOn(images, own.predict), labels: images.labels };
  });
  return {
    targetClass,
    target,
    async fit(rule) {
      if (rule === 'sigmoid') return { rule }; // takes nothing from images
      return fitCalibration(rule, await (rule === 'learned' ? ofAll() : ofTarget()));
    },
  };
}

function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let computed: Promise<T> | undefined;
  return () => (computed ??= compute());
}

function requireFittingModels(weak: tf.LayersModel, module: Module, classNames: readonly string[]): void {
  const outputs = weak.outputs[0].shape[1];
  if (outputs !== classNames.length) {
    throw new OptionError(`patch: the weak model puts out ${outputs} classes, classNames has ${classNames.length}.`);
  }
  const [weakInput, moduleInput] = [weak.inputs[0].shape.slice(1), module.inputShape].map((shape) => shape.join('×'));
  if (weakInput !== moduleInput) {
    throw new OptionError(`patch: the weak model takes images of ${weakInput}, the module of ${moduleInput}.`);
  }
}

/** The images of the module's class, under whichever of the two names the set knows it. */
function targetImages(images: ImageSet, ...names: readonly string[]): ImageSet {
  const name = names.find((candidate) => images.classNames.includes(candidate)) ?? names[0];
  return keepClasses(images, [name], { relabel: true });
}
