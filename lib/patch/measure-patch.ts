import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import { type ClassReport, classReport } from '../metrics/class-report.js';
import { outputKind } from '../models/output-kind.js';
import type { Module } from '../surgery/modules/module.js';
import { inferenceOf } from '../surgery/passes/any-inference.js';
import * as tf from '../tf.js';
import { type EvaluateOptions, predictScores } from '../training/evaluate.js';
import { type Calibration, CALIBRATIONS, combineScores, type FittedCalibration } from './calibration.js';
import { type CalibrationImages, createCalibrationFitter } from './calibration-fitter.js';
import { type InputNormalisations, moduleBesideWeak } from './module-beside-weak.js';

/** A weak model on the sets of images that patches are measured on. */
export interface MeasuredWeak<Name extends string> {
  readonly weak: tf.LayersModel;
  readonly classNames: readonly string[];
  readonly sets: Readonly<Record<Name, ImageSet>>;
  /** [images · classes] row by row, as it puts them out. */
  readonly scores: Readonly<Record<Name, Float32Array>>;
  /** As `evaluate` gives them. */
  readonly reports: Readonly<Record<Name, ClassReport>>;
}

/** A weak model patched by one rule, on the same sets. Plain data. */
export interface PatchMeasurement<Name extends string> {
  readonly rule: Calibration;
  readonly calibration: FittedCalibration;
  readonly reports: Readonly<Record<Name, ClassReport>>;
}

/** What {@link measurePatches} can be told. */
export interface MeasurePatchesOptions extends Omit<CalibrationImages, 'classNames'> {
  /** Default: all rules. */
  readonly rules?: readonly Calibration[];
  readonly normalisations?: InputNormalisations;
}

/**
 * Runs a weak model over the sets that patches of it will be measured on, once for all of them.
 * @param weak its classes are those of the sets, in their order
 * @throws OptionError when a set has other classes than another or than the model; InterruptedError on `signal`
 * @example
 * const measured = await patching.measureWeak(weak, { test });
 * const [{ reports }] = await patching.measurePatches(measured, modules['circle'], { calibrationImages: validation, rules: ['minMax'] });
 * plot.beforeAfter(measured.reports.test, reports.test, { targetClass: 'circle' }).show();
 */
export async function measureWeak<Name extends string>(
  weak: tf.LayersModel,
  sets: Readonly<Record<Name, ImageSet>>,
  options: Omit<EvaluateOptions, 'task'> = {},
): Promise<MeasuredWeak<Name>> {
  const names = Object.keys(sets) as Name[];
  if (names.length === 0) throw new OptionError('measureWeak: expected at least one set of images, got none.');
  const { classNames } = sets[names[0]];
  const other = names.find((name) => sets[name].classNames.join('\n') !== classNames.join('\n'));
  if (other !== undefined) {
    throw new OptionError(
      `measureWeak: the classes of '${other}' are not those of '${names[0]}'; take sets of one order.`,
    );
  }
  const scores = {} as Record<Name, Float32Array>;
  const reports = {} as Record<Name, ClassReport>;
  for (const name of names) {
    const { scores: own, classes } = await predictScores(weak, sets[name], {
      ...options,
      task: `weak model on ${name}`,
    });
    if (classes !== classNames.length) {
      throw new OptionError(
        `measureWeak: the weak model puts out ${classes} classes, '${name}' has ${classNames.length}.`,
      );
    }
    scores[name] = own;
    reports[name] = reportOf(tf.tensor2d(own, [own.length / classes, classes]), sets[name]);
  }
  return { weak, classNames, sets, scores, reports };
}

/**
 * Patches a measured weak model with a module by several rules and reports each on the same sets: what `patch` and `evaluate` say, but
 * the module runs once, whatever the number of rules, and the weak model on calibration images only.
 * @returns one per rule, in their order
 * @throws what `patch` throws
 * @example
 * const measured = await patching.measureWeak(weak, { test });
 * for (const { rule, reports } of await patching.measurePatches(measured, modules['circle'], { calibrationImages: validation })) {
 *   console.log(`${rule}: ${(100 * reports.test.accuracy).toFixed(1)} %`);
 * }
 */
export async function measurePatches<Name extends string>(
  { weak, classNames, sets, scores }: MeasuredWeak<Name>,
  module: Module,
  options: MeasurePatchesOptions,
): Promise<PatchMeasurement<Name>[]> {
  await ensureBackend();
  const { rules = CALIBRATIONS, normalisations, onProgress, signal, batchSize } = options;
  const names = Object.keys(sets) as Name[];
  const weakModel = inferenceOf(weak);
  const own = moduleBesideWeak(module, normalisations);
  try {
    const fitter = createCalibrationFitter(weak, weakModel, module, own, { ...options, classNames });
    const { target } = fitter;
    const fitted: FittedCalibration[] = [];
    for (const rule of rules) fitted.push(await fitter.fit(rule));
    const alone = { classNames: [fitter.targetClass], predict: own.predict };
    const moduleScores = {} as Record<Name, Float32Array>;
    for (const name of names) {
      const pass = { onProgress, signal, batchSize, task: `module on ${name}` };
      moduleScores[name] = (await predictScores(alone, sets[name], pass)).scores;
    }
    const weakKind = outputKind(weak);
    const measured = (name: Name, calibration: FittedCalibration) =>
      reportOf(
        tf.tidy(() => {
          const images = moduleScores[name].length;
          const z = { scores: tf.tensor2d(scores[name], [images, classNames.length]), kind: weakKind };
          const m = { scores: tf.tensor2d(moduleScores[name], [images, 1]), kind: own.kind };
          return combineScores(calibration, z, m, target);
        }),
        sets[name],
      );
    return fitted.map((calibration) => ({
      rule: calibration.rule,
      calibration,
      reports: Object.fromEntries(names.map((name) => [name, measured(name, calibration)])) as Record<
        Name,
        ClassReport
      >,
    }));
  } finally {
    own.dispose();
    weakModel.dispose();
  }
}

/** The report of scores [images, classes], which are disposed; of equals the first class wins. */
function reportOf(scores: tf.Tensor2D, { labels, classNames }: ImageSet): ClassReport {
  const winners = tf.tidy(() => tf.argMax(scores, 1).dataSync<'int32'>().slice());
  scores.dispose();
  return classReport(labels, winners, classNames);
}
