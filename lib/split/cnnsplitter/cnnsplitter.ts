import { ensureBackend } from '../../backend/ensure-backend.js';
import { requirePrecision } from '../../backend/inference-plan.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, ModelError } from '../../errors.js';
import { ProgressMeter } from '../../run/progress.js';
import { createExtractor } from '../../surgery/modules/extract.js';
import { type AfterStepsReport, finishModules } from '../../surgery/modules/finish-modules.js';
import { KernelModule } from '../../surgery/modules/kernel-module.js';
import { accuracyOfScores, moduleScores } from '../../surgery/modules/module-scores.js';
import { maskLayout } from '../../surgery/trace/channel-masks.js';
import { keptRatio, type KernelSelection, meanDifference } from '../../surgery/trace/kernel-selection.js';
import { fillEmptyLayers, type ModelTrace, traceModel } from '../../surgery/trace/trace.js';
import { unitCosts } from '../../surgery/trace/unit-costs.js';
import type * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { type HeldOutScores, notesOf } from '../held-out.js';
import type { SearchHistory } from '../search-history.js';
import type { ChosenSplit } from '../split-result.js';
import type { Splitter } from '../splitter.js';
import { kernelOrders } from './kernel-orders.js';
import { type KernelScores, kernelScores } from './kernel-scores.js';
import type { CnnSplitterOptions, CnnSplitterSettings } from './options.js';
import { resolveSettings } from './resolve-settings.js';
import { type ClassBudgets, classBudgets } from './search/budget-population.js';
import { groupsOf } from './search/first-population.js';
import { imagesOfSplit } from './search-images.js';
import { type ChosenKernels, searchModules } from './search-modules.js';

/** A strong model taken apart by CNNSplitter. */
export interface CnnSplitResult extends ChosenSplit {
  readonly kind: 'cnnSplitResult';
  /** Empty with `generations: 0`. */
  readonly history: SearchHistory;
  /** Group of tied layers (by its first one) → per class the importance of its kernels, by the setting `importance`. */
  readonly importance: KernelScores;
  /** What was done to the modules after cutting; null where nothing was. */
  readonly finish: AfterStepsReport | null;
}

/**
 * CNNSplitter: one genetic population of kernel subsets per class, evolved in lock-step; combinations of one candidate
 * per class are scored for composed accuracy and for difference of kernels (spec cnnsplitter §2). The best combination of
 * all generations (the published one: but the first) becomes the modules, by 0.9 · accuracy + 0.1 · difference (§2.9).
 * With `generations: 0` there is no search: the first individual of every class is the module.
 *
 * Where the reference is peculiar, and where the presets depart from it, {@link CnnSplitterSettings} says what became of
 * it. One departure more: the members of the best combination rank first in their classes whatever ties with them, so
 * that the next generation's incumbent is this very combination.
 */
export const cnnSplitter: Splitter<ImageSet, CnnSplitterOptions, CnnSplitResult> = {
  id: 'cnnsplitter',
  takes: 'validation',
  run: splitByKernels,
};

async function splitByKernels(
  strong: tf.LayersModel,
  images: ImageSet,
  options: CnnSplitterOptions,
): Promise<CnnSplitResult> {
  const settings = resolveSettings(options);
  await ensureBackend();
  requirePrecision('precision', settings.precision);
  const parts = imagesOfSplit(strong, images, settings, options);
  const trace = traceModel(strong);
  if (trace.groups.every((group) => group.protected)) {
    throw new ModelError('split: the model has no convolution layer whose kernels can be removed.');
  }
  if (Array.isArray(settings.sensitiveLayers)) groupsOf(trace, settings.sensitiveLayers);

  const { seed = 0, onProgress, signal, importanceImages } = options;
  const { batchSize } = settings;
  const stopped = interruption(signal);
  const scores = await kernelScores(strong, trace, importanceImages ?? parts.search, {
    ...settings,
    seed,
    signal,
    onProgress,
  });
  const budgets = classBudgets(trace, unitCosts(strong, trace, images.imageShape), scores, settings);
  const start = { trace, orders: kernelOrders(scores), budgets, images: parts.search };
  const chosen =
    settings.generations === 0
      ? withoutSearch(trace, budgets, settings, images.classNames.length)
      : await searchModules(strong, start, settings, options);

  const check = () => {
    if (stopped()) throw new InterruptedError('The split stopped after the kernels were chosen.');
  };
  let modules = cutModules(strong, chosen, images.classNames, seed);
  try {
    const meter = new ProgressMeter(onProgress, 'check of the modules', 3, 'steps');
    let finish: AfterStepsReport | null = null;
    if (settings.finish) {
      const steps = { batchNorm: true, fitTo: settings.fitTo };
      ({ modules, report: finish } = await finishModules(modules, strong, parts.finish, steps, { batchSize, check }));
    }
    meter.update(1);
    const scoresOn = async (set: ImageSet): Promise<HeldOutScores> => ({
      images: set.labels.length,
      strongAccuracy: (await evaluate(strong, set, { batchSize, signal })).accuracy,
      composedAccuracy: accuracyOfScores(
        await moduleScores(modules, set, { batchSize, check }),
        set.labels,
        modules.length,
      ),
    });
    const heldOut = await scoresOn(parts.heldOut);
    meter.update(2);
    const onSearched = await scoresOn(parts.search);
    const notes = notesOf(onSearched, heldOut);
    meter.update(3, [summaryOf(heldOut), ...notes].join(' '));
    return {
      kind: 'cnnSplitResult',
      modules: Object.fromEntries(modules.map((module) => [module.targetClass, module])),
      history: chosen.history,
      importance: scores,
      finish,
      validation: {
        strongAccuracy: onSearched.strongAccuracy,
        composedAccuracy: onSearched.composedAccuracy,
        diff: meanDifference(chosen.selections),
      },
      heldOut,
      notes,
      keptRatio: modules.reduce((sum, module) => sum + module.keptRatio, 0) / modules.length,
      settings: { ...chosen.settings },
    };
  } catch (error) {
    modules.forEach((module) => module.dispose());
    throw error;
  }
}

/** What the budgets alone keep. */
function withoutSearch(
  trace: ModelTrace,
  budgets: ClassBudgets,
  settings: CnnSplitterSettings,
  classes: number,
): ChosenKernels {
  const layout = maskLayout(trace);
  const selections = Array.from(
    { length: classes },
    (_, c): KernelSelection => fillEmptyLayers(trace, layout.selection(budgets.units(c))).selection,
  );
  return { selections, history: [], settings };
}

function cutModules(
  strong: tf.LayersModel,
  { selections, settings }: ChosenKernels,
  classNames: readonly string[],
  seed: number,
): KernelModule[] {
  const extractor = createExtractor(strong);
  const modules = classNames.map((targetClass, classIndex) => {
    const selection = selections[classIndex];
    const provenance = { method: 'cnnsplitter', seed, options: { ...settings }, keptRatio: keptRatio(selection) };
    return new KernelModule({
      ...{ targetClass, classIndex, classNames, selection, provenance },
      model: extractor.extract(selection),
    });
  });
  extractor.dispose();
  return modules;
}

function summaryOf({ images, strongAccuracy, composedAccuracy }: HeldOutScores): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return `${percent(composedAccuracy)} of ${images} images held out, the whole model ${percent(strongAccuracy)}.`;
}
