import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, OptionError } from '../errors.js';
import type { ClassReport } from '../metrics/class-report.js';
import { nonTargetAccuracy } from '../metrics/summaries.js';
import { type Calibration, CALIBRATIONS } from '../patch/calibration.js';
import { measurePatches, measureWeak } from '../patch/measure-patch.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import type { Module } from '../surgery/modules/module.js';
import type * as tf from '../tf.js';

/** A weak model before and after one patch, on test images. Plain data; null where the definition divides 0 by 0. */
export interface PatchGain {
  readonly targetClass: string;
  readonly weakF1: number | null;
  readonly patchedF1: number | null;
  /** Accuracy on the images of the other classes. */
  readonly weakOthers: number | null;
  readonly patchedOthers: number | null;
  /** Why the module cannot be a patch, e.g. because its score is the same for every image; null where it can. */
  readonly notPatched: string | null;
}

/** What {@link patchGains} can be told. */
export interface PatchGainsOptions extends RunOptions {
  readonly targetClasses?: readonly string[];
  readonly calibration?: Calibration;
  readonly task?: string;
}

/**
 * Patches a weak model with one module after the other, by the same rule, calibrated on validation images. A module that the rule
 * cannot be fitted to is noted as such.
 * @throws OptionError when a target class has no module; InterruptedError on `signal`
 */
export async function patchGains(
  weak: tf.LayersModel,
  modules: readonly Module[],
  { validation, test }: { readonly validation: ImageSet; readonly test: ImageSet },
  options: PatchGainsOptions = {},
): Promise<PatchGain[]> {
  await ensureBackend();
  const { targetClasses = modules.map(({ targetClass }) => targetClass), calibration = 'minMax', signal } = options;
  if (!CALIBRATIONS.includes(calibration)) {
    throw new OptionError(`calibration: expected one of ${CALIBRATIONS.join(', ')}, got '${String(calibration)}'.`);
  }
  const stopped = interruption(signal);
  const meter = new ProgressMeter(options.onProgress, options.task ?? 'patch', targetClasses.length, 'classes');
  const measured = await measureWeak(weak, { test }, { signal });
  const before = measured.reports.test;
  const gains: PatchGain[] = [];
  for (const targetClass of targetClasses) {
    if (stopped())
      throw new InterruptedError(`Patching stopped after ${gains.length} of ${targetClasses.length} classes.`);
    const module = modules.find((candidate) => candidate.targetClass === targetClass);
    if (!module) {
      throw new OptionError(
        `targetClasses: '${targetClass}' has no module; there are ${modules.map((m) => m.targetClass).join(', ')}.`,
      );
    }
    const gain = { targetClass, weakF1: f1Of(before, targetClass), weakOthers: nonTargetAccuracy(before, targetClass) };
    try {
      const options = { calibrationImages: validation, rules: [calibration], signal };
      const [{ reports }] = await measurePatches(measured, module, options);
      const after = reports.test;
      const [patchedF1, patchedOthers] = [f1Of(after, targetClass), nonTargetAccuracy(after, targetClass)];
      gains.push({ ...gain, patchedF1, patchedOthers, notPatched: null });
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      gains.push({ ...gain, patchedF1: null, patchedOthers: null, notPatched: error.message });
    }
    meter.update(gains.length);
  }
  return gains;
}

const f1Of = ({ classNames, perClass }: ClassReport, name: string) => perClass[classNames.indexOf(name)].f1;

/** Mean change over the classes where it is defined; null where it is nowhere. */
export function meanGain(gains: readonly PatchGain[], of: 'F1' | 'Others'): number | null {
  const changes = gains.flatMap((gain) => {
    const [from, to] = of === 'F1' ? [gain.weakF1, gain.patchedF1] : [gain.weakOthers, gain.patchedOthers];
    return from === null || to === null ? [] : [to - from];
  });
  return changes.length === 0 ? null : changes.reduce((sum, change) => sum + change, 0) / changes.length;
}
