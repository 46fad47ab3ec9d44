import type * as tf from '../../tf.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { firstPerClass, interleaveClasses, subset } from '../../datasets/subset.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { interruption } from '../../run/interruption.js';
import { ProgressMeter } from '../../run/progress.js';
import { createExtractor } from '../../surgery/extract.js';
import { imagesPerPass } from '../../surgery/images-per-pass.js';
import { keptRatio } from '../../surgery/kernel-selection.js';
import type { Module } from '../../surgery/module.js';
import { createModuleRunner, type ModuleRunner } from '../../surgery/module-runner.js';
import { traceModel, type ModelTrace } from '../../surgery/trace.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { evaluate } from '../../training/evaluate.js';
import type { SearchHistory } from '../search-history.js';
import type { SplitFigures, Splitter } from '../splitter.js';
import { createEncoding, type Encoding } from './encoding.js';
import { stopsOf } from './evaluate-generation.js';
import { kernelOrders, type KernelOrders } from './kernel-orders.js';
import { sensitivityCurves } from './layer-sensitivity.js';
import { resolveSettings, type CnnSplitterOptions, type CnnSplitterSettings } from './options.js';
import { SEARCH_CHECKPOINT, searchFingerprint } from './search-checkpoint.js';
import { createSearch, type Champion, type SearchTask } from './search.js';

/** Ratios of the curves that `sensitiveLayers: 'auto'` decides by. */
const AUTO_RATIOS = [0.2, 0.4, 0.6, 0.8];

/** A strong model taken apart by CNNSplitter. */
export interface SplitResult extends SplitFigures {
  readonly history: SearchHistory;
}

/**
 * CNNSplitter: one genetic population of kernel subsets per class, evolved in lock-step; combinations of one candidate
 * per class are scored for composed accuracy and for difference of kernels (spec cnnsplitter §2). The best combination
 * of all generations but the first becomes the modules, by 0.9 · accuracy + 0.1 · difference (§2.9).
 *
 * Where the reference is peculiar, {@link CnnSplitterSettings} lists what became of it. One departure more: the members
 * of the best combination rank first in their classes whatever ties with them, so that the next generation's incumbent
 * is this very combination.
 */
export const cnnSplitter: Splitter<ImageSet, CnnSplitterOptions, SplitResult> = {
  id: 'cnnsplitter',
  takes: 'validation',
  run: searchModules,
};

async function searchModules(
  strong: tf.LayersModel,
  images: ImageSet,
  options: CnnSplitterOptions,
): Promise<SplitResult> {
  const settings = resolveSettings(options);
  const validation = searchImages(strong, images, settings.imagesPerClass);
  const { importanceImages } = options;
  if (importanceImages) requireFittingImages('split, importanceImages', strong, importanceImages);
  const trace = traceModel(strong);
  if (trace.groups.every((group) => group.protected)) {
    throw new ModelError('split: the model has no convolution layer whose kernels can be removed.');
  }
  if (Array.isArray(settings.sensitiveLayers)) groupsOf(trace, settings.sensitiveLayers);

  const { seed = 0, onProgress, signal } = options;
  const { batchSize } = settings;
  const stopped = interruption(signal);
  const strongReport = await evaluate(strong, validation, { batchSize, signal });
  const orders = await kernelOrders(strong, trace, importanceImages ?? validation, { ...settings, signal });
  const encoding = createEncoding(trace, orders, settings.grouping);
  const checkpoint = SEARCH_CHECKPOINT.open(options.checkpoint, () =>
    searchFingerprint(settings, seed, validation, strong, importanceImages),
  );
  const saved = checkpoint.saved?.state;

  const { classNames, labels } = validation;
  const perGeneration = classNames.length * settings.population;
  const total = (settings.generations + 1) * perGeneration;
  const runner = createModuleRunner(strong, validation, {
    batchSize: searchPass(settings, validation.labels.length),
    workers: options.workers ?? 'auto',
  });
  try {
    const stopIn = (what: string) => {
      if (stopped()) throw new InterruptedError(`The split stopped ${what}${checkpoint.resume}`);
    };
    const sensitive = await sensitiveLayers(settings, { trace, orders, images: validation, runner }, () =>
      stopIn('while it looked for sensitive layers'),
    );
    let reported = 0;
    const meter = new ProgressMeter(
      onProgress,
      'split',
      total,
      'candidates',
      (saved?.history.length ?? 0) * perGeneration,
    );
    const search = createSearch({
      settings,
      seed,
      classNames,
      labels,
      encoding,
      layers: chromosomeLayers(encoding, trace, sensitive, settings),
      runner,
      saved,
      check: (generation) => stopIn(`in generation ${generation} of ${settings.generations}`),
      onCandidates: (generation, done) => report(generation * perGeneration + done),
    });
    const report = (done: number) => {
      if (done <= reported) return;
      reported = done;
      meter.update(done, progressNote(search.history.length, settings, search.champion));
    };
    while (!search.finished) {
      await search.step();
      await checkpoint.write(search.save());
    }
    report(total); // an early stop ends here
    const { record, chromosomes } = search.champion!;
    const resolved = { ...settings, sensitiveLayers: sensitive };
    const modules = cutModules(strong, encoding, chromosomes, classNames, { seed, options: resolved });
    const ratios = Object.values(modules).map((module) => module.provenance.keptRatio);
    return {
      modules,
      history: search.history,
      validation: { strongAccuracy: strongReport.accuracy, composedAccuracy: record.accuracy, diff: record.diff },
      keptRatio: ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length,
      settings: resolved,
    };
  } finally {
    await runner.close();
  }
}

/** Images per forward pass of a search: such as fit the stretches between the stations of its race. */
export function searchPass({ racing, batchSize }: CnnSplitterSettings, images: number): number {
  const stations = racing ?? [];
  let from = 0;
  let modules = 1;
  const parts = [...stopsOf(stations, images), images].map((to, i) => {
    const part = { images: to - from, modules };
    from = to;
    modules *= stations[i]?.keep ?? 1;
    return part;
  });
  return imagesPerPass(parts, batchSize);
}

/** The images a search looks at, checked, in an order whose every beginning has all classes alike. */
export function searchImages(strong: tf.LayersModel, images: ImageSet, imagesPerClass: number | null): ImageSet {
  requireLogits('split', strong);
  requireFittingImages('split', strong, images);
  const taken = imagesPerClass === null ? images : subset(images, firstPerClass(images, imagesPerClass));
  return subset(taken, interleaveClasses(taken));
}

/** Bits per layer of a chromosome, with what the first individuals keep of them. */
export function chromosomeLayers(
  encoding: Encoding,
  trace: ModelTrace,
  sensitive: readonly string[],
  settings: Pick<CnnSplitterSettings, 'sensitiveRatios' | 'otherRatios'>,
): SearchTask['layers'] {
  const groups = groupsOf(trace, sensitive);
  return encoding.layers.map(({ id, groups: bits }) => ({
    bits: bits.length,
    initialRatios: groups.has(id) ? settings.sensitiveRatios : settings.otherRatios,
  }));
}

/** Names of the sensitive layers: those given, those of the first half, or those that measured curves give. */
async function sensitiveLayers(
  settings: CnnSplitterSettings,
  task: { trace: ModelTrace; orders: KernelOrders; images: ImageSet; runner: ModuleRunner },
  check: () => void,
): Promise<readonly string[]> {
  const { sensitiveLayers: wanted } = settings;
  if (wanted === 'auto') return (await sensitivityCurves({ ...task, ratios: AUTO_RATIOS, check })).sensitive;
  if (wanted !== null) return wanted;
  const ids = task.trace.groups.filter((group) => !group.protected).map(({ id }) => id);
  return ids.slice(0, Math.ceil(ids.length / 2));
}

/** Ids of the groups that layers belong to. @throws OptionError when the model has no layer of a name */
function groupsOf(trace: ModelTrace, layers: readonly string[]): Set<string> {
  return new Set(
    layers.map((layer) => {
      const group = trace.groups.find((g) => g.layers.includes(layer));
      if (!group) {
        const known = trace.groups.flatMap((g) => g.layers).join(', ');
        throw new OptionError(`sensitiveLayers: the model has no convolution layer '${layer}'; it has ${known}.`);
      }
      return group.id;
    }),
  );
}

function cutModules(
  strong: tf.LayersModel,
  encoding: Encoding,
  chromosomes: Champion['chromosomes'],
  classNames: readonly string[],
  provenance: { seed: number; options: Readonly<Record<string, unknown>> },
): Record<string, Module> {
  const extractor = createExtractor(strong);
  const modules = classNames.map((targetClass, classIndex): [string, Module] => {
    const selection = encoding.decode(chromosomes[classIndex], classIndex);
    const module = {
      targetClass,
      classIndex,
      classNames,
      selection,
      model: extractor.extract(selection),
      provenance: { method: 'cnnsplitter', ...provenance, keptRatio: keptRatio(selection) },
    };
    return [targetClass, module];
  });
  extractor.dispose();
  return Object.fromEntries(modules);
}

function progressNote(generation: number, settings: CnnSplitterSettings, champion: Champion | null): string {
  const best = champion ? `, best composed accuracy ${(100 * champion.record.accuracy).toFixed(1)} %` : '';
  return `generation ${Math.min(generation, settings.generations)}/${settings.generations}${best}`;
}
