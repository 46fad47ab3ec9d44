import type { ImageSet } from '../../datasets/dataset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError } from '../../errors.js';
import { ProgressMeter } from '../../run/progress.js';
import { createModuleRunner, type ModuleRunner } from '../../surgery/modules/module-runner.js';
import { imagesPerPass } from '../../surgery/passes/images-per-pass.js';
import type { KernelSelection } from '../../surgery/trace/kernel-selection.js';
import type { ModelTrace } from '../../surgery/trace/trace.js';
import type * as tf from '../../tf.js';
import type { SearchHistory } from '../search-history.js';
import type { KernelOrders } from './kernel-orders.js';
import { sensitivityCurves } from './layer-sensitivity.js';
import type { CnnSplitterOptions, CnnSplitterSettings } from './options.js';
import type { ClassBudgets } from './search/budget-population.js';
import { createEncoding } from './search/encoding.js';
import { stopsOf } from './search/evaluate-generation.js';
import { firstPopulation } from './search/first-population.js';
import { type Champion, createSearch } from './search/search.js';
import { SEARCH_CHECKPOINT, searchFingerprint } from './search/search-checkpoint.js';

/** Ratios of the curves that `sensitiveLayers: 'auto'` decides by. */
const AUTO_RATIOS = [0.2, 0.4, 0.6, 0.8];

/** The kernels that a split settles on. */
export interface ChosenKernels {
  /** One per class. */
  readonly selections: readonly KernelSelection[];
  readonly history: SearchHistory;
  /** The settings with what was found out about layers in place of how to. */
  readonly settings: CnnSplitterSettings;
}

/** What the genetic search works from. */
export interface SearchStart {
  readonly trace: ModelTrace;
  readonly orders: KernelOrders;
  readonly budgets: ClassBudgets;
  /** Classes interleaved. */
  readonly images: ImageSet;
}

/** The genetic search from its first population to its champion (spec cnnsplitter §2.5–2.9), with checkpoints. */
export async function searchModules(
  strong: tf.LayersModel,
  { trace, orders, budgets, images }: SearchStart,
  settings: CnnSplitterSettings,
  options: CnnSplitterOptions,
): Promise<ChosenKernels> {
  const { seed = 0, onProgress, signal, importanceImages } = options;
  const stopped = interruption(signal);
  const encoding = createEncoding(trace, orders, settings.grouping);
  const checkpoint = SEARCH_CHECKPOINT.open(options.checkpoint, () =>
    searchFingerprint(settings, seed, images, strong, importanceImages),
  );
  const saved = checkpoint.saved?.state;

  const { classNames, labels } = images;
  const perGeneration = classNames.length * settings.population;
  const total = (settings.generations + 1) * perGeneration;
  const runner = createModuleRunner(strong, images, {
    batchSize: searchPass(settings, labels.length),
    workers: options.workers ?? 'auto',
    precision: settings.precision,
  });
  try {
    const stopIn = (what: string) => {
      if (stopped()) throw new InterruptedError(`The split stopped ${what}${checkpoint.resume}`);
    };
    const sensitive = await sensitiveLayers(settings, { trace, orders, images, runner }, () =>
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
      firstPopulation: firstPopulation(settings, { encoding, trace, sensitive, budgets }),
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
    const { chromosomes } = search.champion!;
    return {
      selections: chromosomes.map((chromosome, c) => encoding.decode(chromosome, c)),
      history: search.history,
      settings: { ...settings, sensitiveLayers: sensitive },
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

/** Names of the sensitive layers: those given, those of the first half, or those that measured curves give. */
async function sensitiveLayers(
  settings: CnnSplitterSettings,
  task: { trace: ModelTrace; orders: KernelOrders; images: ImageSet; runner: ModuleRunner },
  check: () => void,
): Promise<readonly string[]> {
  const { sensitiveLayers: wanted, initialisation } = settings;
  if (wanted === 'auto' && initialisation === 'sensitivity') {
    return (await sensitivityCurves({ ...task, ratios: AUTO_RATIOS, check })).sensitive;
  }
  if (wanted !== null && wanted !== 'auto') return wanted;
  const ids = task.trace.groups.filter((group) => !group.protected).map(({ id }) => id);
  return ids.slice(0, Math.ceil(ids.length / 2));
}

function progressNote(generation: number, settings: CnnSplitterSettings, champion: Champion | null): string {
  const best = champion ? `, best composed accuracy ${(100 * champion.record.accuracy).toFixed(1)} %` : '';
  return `generation ${Math.min(generation, settings.generations)}/${settings.generations}${best}`;
}
