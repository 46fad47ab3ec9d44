import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import { interleaveClasses, subset } from '../../datasets/subset.js';
import { ModelError, OptionError } from '../../errors.js';
import { outputKind } from '../../models/output-kind.js';
import * as tf from '../../tf.js';
import { inferenceOf } from '../passes/any-inference.js';
import { reestimateBatchNorm } from './batch-norm-moments.js';
import { foldScaleAndBias, takesScaleAndBias } from './fold-scale-and-bias.js';
import type { KernelModule } from './kernel-module.js';
import { accuracyOfScores, moduleScores } from './module-scores.js';
import { refitLastLayer, takesRefit } from './refit-last-layer.js';
import { fitScaleAndBias, type ScaleAndBias } from './scale-and-bias.js';

/** What is done to modules after they have been cut out. */
export interface AfterSteps {
  /** Whether the moments of batch normalisations that see other maps than before are adapted to these. */
  readonly batchNorm: boolean;
  /**
   * How the modules' logits are made comparable. 'labels': a scale and a bias each, that make the composed softmax fit the
   * labels best. 'logits': each module's last layer is refitted to the whole network's logit of its class, see
   * `refitLastLayer`; not where the last layer is no dense one, or the images too few, which then is 'labels'. 'auto':
   * 'logits' where the whole network is right on at least 99 % of the images, as it is on images that it was trained on:
   * their labels do not say where it errs on others. Null: not at all.
   */
  readonly fitTo: FitTo | null;
}

/** What modules' logits are fitted to. */
export type FitTo = 'auto' | 'labels' | 'logits';

/** From this accuracy of the whole network on, images are taken for ones that it knows. */
const KNOWN = 0.99;

/** What was done. Plain data. */
export interface AfterStepsReport {
  /** Images it was done on. They had no part in choosing the kernels. */
  readonly images: number;
  /** Batch normalisations that were adapted, over all modules. */
  readonly batchNorms: number;
  /** What the logits were fitted to; null where they were not. */
  readonly fittedTo: 'labels' | 'logits' | null;
  /** In the order of the modules; null where none was fitted. */
  readonly scaleAndBias: ScaleAndBias | null;
}

/**
 * Repairs modules after cutting, without touching a kernel that was kept: the moments of batch normalisations are
 * adapted to the maps of the smaller network, then the modules' logits made comparable (`fitTo`).
 * Neither is in the papers; each module's provenance names what was done to it as a departure.
 *
 * All of it is in the modules' weights afterwards.
 * @param modules logit modules of one model, one per class in the order of the labels. Their models are disposed where new ones
 *   take their place
 * @param whole the model they were cut out of
 * @param images of all classes, that had no part in choosing the kernels
 * @throws OptionError when there is not one module for every class, in the order of the labels; ModelError when `whole` puts out
 *   probabilities
 */
export async function finishModules(
  modules: readonly KernelModule[],
  whole: tf.LayersModel,
  images: ImageSet,
  steps: AfterSteps,
  options: { batchSize?: number; check?: () => void } = {},
): Promise<{ modules: KernelModule[]; report: AfterStepsReport }> {
  await ensureBackend();
  requireWholeSet(modules, whole, images);
  const balanced = subset(images, interleaveClasses(images));
  const count = balanced.labels.length;
  const adapted = steps.batchNorm ? await reestimateBatchNorm(whole, modules, balanced, options) : [];
  const fitTo = modules.some(({ head }) => head)
    ? null
    : await whatToFit(modules, whole, balanced, steps.fitTo, options);
  let finished = modules.map((module, m) => {
    const layers = adapted[m]?.size ?? 0;
    if (layers === 0) return module;
    return departed(module, `moments of ${layers} batch normalisations adapted on ${count} images of all classes`);
  });
  let scaleAndBias: ScaleAndBias | null = null;
  if (fitTo === 'logits') {
    const models = await refitLastLayer(modules, whole, balanced, options);
    const what = `last layer refitted to the whole network's logits on ${count} images of all classes`;
    finished = finished.map((module, m) => departed(withModel(module, models[m]), what));
  } else if (fitTo === 'labels') {
    const fitted = fitScaleAndBias(await moduleScores(modules, balanced, options), balanced.labels, modules.length);
    finished = finished.map((module, m) => {
      const [scale, bias] = [fitted.scale[m], fitted.bias[m]];
      return departed(
        withModel(module, foldScaleAndBias(module.model, module.classIndex, scale, bias)),
        `logit scaled by ${scale.toFixed(4)} and shifted by ${bias.toFixed(4)}, fitted on ${count} images of all classes`,
      );
    });
    scaleAndBias = fitted;
  }
  const batchNorms = adapted.reduce((sum, layers) => sum + layers.size, 0);
  return { modules: finished, report: { images: count, batchNorms, fittedTo: fitTo, scaleAndBias } };
}

/** Scores are compared with labels by their place, so there must be one module for every class, in the order of the labels. */
function requireWholeSet(modules: readonly KernelModule[], whole: tf.LayersModel, images: ImageSet): void {
  const { classNames } = images;
  const names = modules.map(({ targetClass }) => targetClass);
  if (names.length !== classNames.length || names.some((name, c) => name !== classNames[c])) {
    throw new OptionError(
      `finishModules: expected a module for every class of the images, in their order (${classNames.slice(0, 12).join(', ')}), got ` +
        `${names.slice(0, 12).join(', ')}.`,
    );
  }
  if (outputKind(whole) !== 'logits') {
    throw new ModelError(
      `finishModules: model '${whole.name}' ends in a softmax or sigmoid, expected the logits that modules put out. Pass \`asLogits(model)\`.`,
    );
  }
}

async function whatToFit(
  modules: readonly KernelModule[],
  whole: tf.LayersModel,
  images: ImageSet,
  wanted: FitTo | null,
  options: { batchSize?: number; check?: () => void },
): Promise<'labels' | 'logits' | null> {
  if (wanted === null) return null;
  const byLabels = modules.every(({ model }) => takesScaleAndBias(model)) ? 'labels' : null;
  const byLogits = modules.every(({ model }) => takesRefit(model, images.labels.length)) ? 'logits' : byLabels;
  if (wanted !== 'auto') return wanted === 'labels' ? byLabels : byLogits;
  return byLogits === 'logits' && (await accuracyOn(images, whole, options)) >= KNOWN ? 'logits' : byLabels;
}

async function accuracyOn(
  images: ImageSet,
  model: tf.LayersModel,
  { batchSize, check }: { batchSize?: number; check?: () => void },
): Promise<number> {
  const classes = images.classNames.length;
  const scores = new Float32Array(images.labels.length * classes);
  const inference = inferenceOf(model);
  try {
    await passOver(images, { task: 'whole network', batchSize, check }, ({ x }, done) => {
      scores.set(
        tf.tidy(() => inference.predict(x).dataSync<'float32'>()),
        done * classes,
      );
    });
    return accuracyOfScores(scores, images.labels, classes);
  } finally {
    inference.dispose();
  }
}

function withModel(module: KernelModule, model: tf.LayersModel): KernelModule {
  module.model.dispose();
  return module.with({ model });
}

function departed(module: KernelModule, departure: string): KernelModule {
  const before = module.provenance.departures ?? [];
  return module.with({ provenance: { ...module.provenance, departures: [...before, departure] } });
}
