import type { ImageSet } from '../lib/datasets/dataset.js';
import { toTensor } from '../lib/datasets/tensors.js';
import { kernelOrders } from '../lib/split/cnnsplitter/kernel-orders.js';
import { kernelScores } from '../lib/split/cnnsplitter/kernel-scores.js';
import type { CnnSplitterSettings } from '../lib/split/cnnsplitter/options.js';
import { classBudgets } from '../lib/split/cnnsplitter/search/budget-population.js';
import { createEncoding, type Encoding } from '../lib/split/cnnsplitter/search/encoding.js';
import { firstPopulation } from '../lib/split/cnnsplitter/search/first-population.js';
import { createSearch, type Search } from '../lib/split/cnnsplitter/search/search.js';
import type { GenerationRecord } from '../lib/split/search-history.js';
import { createExtractor } from '../lib/surgery/modules/extract.js';
import type { ModuleRunner } from '../lib/surgery/modules/module-runner.js';
import { traceModel } from '../lib/surgery/trace/trace.js';
import { unitCosts } from '../lib/surgery/trace/unit-costs.js';
import * as tf from '../lib/tf.js';
import type { BenchRow } from './bench.js';

/** A search that is timed generation by generation. */
export interface Timed {
  readonly search: Search;
  readonly encoding: Encoding;
  /** Of the generations that count. */
  readonly records: readonly GenerationRecord[];
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  step(): Promise<void>;
}

/** A search from its first population; what are sensitive layers is the first half where the settings do not say. */
export async function searchOn(
  strong: tf.LayersModel,
  images: ImageSet,
  settings: CnnSplitterSettings,
  runner: ModuleRunner,
): Promise<Timed> {
  const trace = traceModel(strong);
  const scores = await kernelScores(strong, trace, images, settings);
  const encoding = createEncoding(trace, kernelOrders(scores), settings.grouping);
  const budgets = classBudgets(trace, unitCosts(strong, trace), scores, settings);
  const half = trace.groups.map(({ id }) => id).slice(0, trace.groups.length / 2);
  const sensitive = Array.isArray(settings.sensitiveLayers) ? settings.sensitiveLayers : half;
  const search = createSearch({
    settings,
    seed: 1,
    classNames: images.classNames,
    labels: images.labels,
    encoding,
    firstPopulation: firstPopulation(settings, { encoding, trace, sensitive, budgets }),
    runner,
  });
  const records: GenerationRecord[] = [];
  let cpuMicroseconds = 0;
  return {
    search,
    encoding,
    records,
    get seconds() {
      return records.reduce((sum, { seconds }) => sum + seconds, 0);
    },
    get cpuSeconds() {
      return cpuMicroseconds / 1e6;
    },
    async step() {
      const before = process.cpuUsage();
      records.push(await search.step());
      const { user, system } = process.cpuUsage(before);
      cpuMicroseconds += user + system;
    },
  };
}

/** The scheme of the authors' program: every candidate becomes a model of its own. */
export function referenceRunner(strong: tf.LayersModel, images: ImageSet, batchSize: number): ModuleRunner {
  const extractor = createExtractor(strong);
  const all = toTensor(images);
  return {
    workers: 0,
    async run(modules) {
      const results: Float32Array[] = [];
      for (const { selection, classIndex } of modules) {
        const model = extractor.extract(selection);
        const own = tf.tidy(() => tf.slice(model.predict(all, { batchSize }) as tf.Tensor2D, [0, classIndex], [-1, 1]));
        results.push(await own.data<'float32'>());
        own.dispose();
        model.dispose();
      }
      return results;
    },
    close() {
      extractor.dispose();
      all.dispose();
      return Promise.resolve();
    },
  };
}

/** A row beside the reference's; more is better. */
export const row = (name: string, backend: string, unit: string, value: number, peer: number): BenchRow => ({
  case: name,
  backend,
  value,
  unit,
  peer,
  ratio: value / peer,
});
