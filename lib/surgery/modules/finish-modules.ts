import type { ImageSet } from '../../datasets/dataset.js';
import type * as tf from '../../tf.js';
import { interleaveClasses, subset } from '../../datasets/subset.js';
import { reestimateBatchNorm } from './batch-norm-moments.js';
import { foldScaleAndBias, takesScaleAndBias } from './fold-scale-and-bias.js';
import type { Module } from './module.js';
import { moduleScores } from './module-scores.js';
import { fitScaleAndBias, type ScaleAndBias } from './scale-and-bias.js';

/** What is done to modules after they have been cut out. */
export interface AfterSteps {
  /** Whether the moments of batch normalisations that see other maps than before are adapted to these. */
  readonly batchNorm: boolean;
  /** Whether the modules' logits get a scale and a bias each, fitted on the composed softmax. */
  readonly scaleAndBias: boolean;
}

/** What was done. Plain data. */
export interface AfterStepsReport {
  /** Images it was done on. They had no part in choosing the kernels. */
  readonly images: number;
  /** Batch normalisations that were adapted, over all modules. */
  readonly batchNorms: number;
  /** In the order of the modules; null where none was fitted. */
  readonly scaleAndBias: ScaleAndBias | null;
}

/**
 * Repairs modules after cutting, without touching a kernel that was kept: the moments of batch normalisations are
 * adapted to the maps of the smaller network, then every logit a scale and a bias, so that the modules' logits can be compared.
 * Neither is in the papers; each module's provenance names what was done to it as a departure.
 *
 * All of it is in the modules' weights afterwards.
 * @param modules logit modules of one model, one per class in the order of the labels. Their models are disposed where new ones
 *   take their place
 * @param whole the model they were cut out of
 * @param images of all classes, that had no part in choosing the kernels
 */
export async function finishModules(
  modules: readonly Module[],
  whole: tf.LayersModel,
  images: ImageSet,
  steps: AfterSteps,
  options: { batchSize?: number; check?: () => void } = {},
): Promise<{ modules: Module[]; report: AfterStepsReport }> {
  const balanced = subset(images, interleaveClasses(images));
  const count = balanced.labels.length;
  const adapted = steps.batchNorm ? await reestimateBatchNorm(whole, modules, balanced, options) : [];
  let fitted: ScaleAndBias | null = null;
  if (steps.scaleAndBias && modules.every(({ model, head }) => !head && takesScaleAndBias(model))) {
    fitted = fitScaleAndBias(await moduleScores(modules, balanced, options), balanced.labels, modules.length);
  }
  const finished = modules.map((module, m): Module => {
    const departures: string[] = [];
    const layers = adapted[m]?.size ?? 0;
    if (layers > 0) {
      departures.push(`moments of ${layers} batch normalisations adapted on ${count} images of all classes`);
    }
    if (!fitted) return withDepartures(module, departures);
    const [scale, bias] = [fitted.scale[m], fitted.bias[m]];
    departures.push(
      `logit scaled by ${scale.toFixed(4)} and shifted by ${bias.toFixed(4)}, fitted on ${count} images of all classes`,
    );
    const model = foldScaleAndBias(module.model, module.classIndex, scale, bias);
    module.model.dispose();
    return withDepartures({ ...module, model }, departures);
  });
  const batchNorms = adapted.reduce((sum, layers) => sum + layers.size, 0);
  return { modules: finished, report: { images: count, batchNorms, scaleAndBias: fitted } };
}

function withDepartures(module: Module, departures: readonly string[]): Module {
  if (departures.length === 0) return module;
  const before = module.provenance.departures ?? [];
  return { ...module, provenance: { ...module.provenance, departures: [...before, ...departures] } };
}
