import { ensureBackend } from '../backend/ensure-backend.js';
import type { Normalisation } from '../datasets/dataset.js';
import { interruption } from '../engine/interruption.js';
import { InterruptedError, OptionError } from '../errors.js';
import type { ClassReport } from '../metrics/class-report.js';
import { nonTargetAccuracy } from '../metrics/summaries.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import type { Module } from '../surgery/modules/module.js';
import type * as tf from '../tf.js';
import { type Calibration, CALIBRATIONS } from './calibration.js';
import { measurePatches, measureWeak } from './measure-patch.js';
import type { PatchData, WeakTask } from './patch-data.js';
import type { PatchRow, PatchScore } from './patch-row.js';
import { type WeakNetwork } from './weak-kinds.js';
import { type WeakKind } from './weak-kinds.js';
import { WEAK_KINDS } from './weak-kinds.js';
import { weakModel, type WeakModelOptions } from './weak-model.js';

/** What {@link patchExperiment} can be told. */
export interface PatchExperimentOptions
  extends Omit<RunOptions, 'seed'>, Pick<WeakModelOptions, 'preset' | 'recipe' | 'cache' | 'log'> {
  /** Class name → module of a strong model that knows `data.targetClasses`. */
  modules: Readonly<Record<string, Module>>;
  /** Network of the weak models; in the papers the strong model's. */
  network: WeakNetwork;
  /** Default: all three. */
  kinds?: readonly WeakKind[];
  /** Default: all that have a module. */
  targetClasses?: readonly string[];
  /** Default: all rules. */
  rules?: readonly Calibration[];
  /** Seeds of the weak models. Default [0]. */
  seeds?: readonly number[];
  /** Where the strong model's images were normalised otherwise than the data's. */
  moduleNormalisation?: Normalisation;
}

/**
 * Trains one weak model per kind, target class and seed (or takes it from the cache), patches it by every rule, and
 * measures it before and after on test images that neither training nor calibration saw (spec cnnsplitter §3.4).
 *
 * An interrupted call goes on where it stopped: what was trained lies in the cache.
 * @returns a row per weak model and rule, in the order kinds, target classes, seeds, rules
 * @throws OptionError when a target class has no module or a rule is unknown; InterruptedError on `signal`
 */
export async function patchExperiment(data: PatchData, options: PatchExperimentOptions): Promise<PatchRow[]> {
  await ensureBackend();
  const { modules, network, kinds = WEAK_KINDS, rules = CALIBRATIONS, seeds = [0], onProgress, signal } = options;
  const targets = options.targetClasses ?? data.targetClasses.filter((name) => Object.hasOwn(modules, name));
  const missing = targets.find((name) => !Object.hasOwn(modules, name) || !data.targetClasses.includes(name));
  if (missing !== undefined || targets.length === 0) {
    throw new OptionError(
      `patchExperiment: expected a module for every target class of ${data.targetClasses.join(', ')}; ` +
        (missing === undefined ? 'there is none.' : `'${missing}' has none or is no target class.`),
    );
  }
  const odd = rules.find((rule) => !CALIBRATIONS.includes(rule));
  if (odd !== undefined) {
    throw new OptionError(`patchExperiment: expected rules from ${CALIBRATIONS.join(', ')}; got '${String(odd)}'.`);
  }
  const stopped = interruption(signal);
  const total = kinds.length * targets.length * seeds.length;
  const meter = new ProgressMeter(onProgress, `patch ${network} on ${data.name}`, total, 'weak models');
  const rows: PatchRow[] = [];
  let done = 0;
  for (const kind of kinds) {
    for (const targetClass of targets) {
      const task = data.weakTask(targetClass);
      for (const seed of seeds) {
        if (stopped()) {
          throw new InterruptedError(`Patching stopped after ${done} of ${total} weak models; these are in the cache.`);
        }
        const weak = await weakModel(data, task, { ...options, kind, network, seed, onProgress: meter.inner });
        try {
          const about = {
            kind: 'patchRow' as const,
            network,
            data: data.name,
            weakKind: kind,
            targetClass,
            target: data.targetClasses.indexOf(targetClass),
            seed,
            epoch: weak.epoch,
            method: modules[targetClass].provenance.method,
          };
          const results = await patchByRules(weak.model, modules[targetClass], task, rules, options);
          rows.push(...results.map((result) => ({ ...about, ...result })));
        } finally {
          weak.model.dispose();
        }
        meter.update(++done);
      }
    }
  }
  return rows;
}

/** One weak model before and after patching by each rule. */
async function patchByRules(
  weak: tf.LayersModel,
  module: Module,
  task: WeakTask,
  rules: readonly Calibration[],
  { moduleNormalisation: wanted, signal }: Pick<PatchExperimentOptions, 'moduleNormalisation' | 'signal'>,
): Promise<Pick<PatchRow, 'rule' | 'weak' | 'patched'>[]> {
  const measured = await measureWeak(weak, { test: task.test }, { signal });
  const measurements = await measurePatches(measured, module, {
    targetClass: task.targetClass,
    calibrationImages: task.calibration,
    rules,
    ...(wanted && { normalisations: { weak: task.test.normalisation, module: wanted } }),
    signal,
  });
  const before = patchScore(measured.reports.test, task.targetClass);
  return measurements.map(({ rule, reports }) => ({
    rule,
    weak: before,
    patched: patchScore(reports.test, task.targetClass),
  }));
}

function patchScore(report: ClassReport, targetClass: string): PatchScore {
  const { precision, recall, f1 } = report.perClass[report.classNames.indexOf(targetClass)];
  return { precision, recall, f1, nonTarget: nonTargetAccuracy(report, targetClass) };
}
