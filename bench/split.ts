import * as tf from '../lib/tf.js';
import { synthetic } from '../lib/datasets/synthetic.js';
import { toTensor } from '../lib/datasets/tensors.js';
import { splitTrainValidation } from '../lib/datasets/split-train-validation.js';
import type { ImageSet } from '../lib/datasets/dataset.js';
import { simCnn } from '../lib/models/sim-cnn.js';
import { createExtractor } from '../lib/surgery/extract.js';
import { createModuleRunner, type ModuleRunner } from '../lib/surgery/module-runner.js';
import { traceModel } from '../lib/surgery/trace.js';
import { chromosomeLayers, searchImages } from '../lib/split/cnnsplitter/cnnsplitter.js';
import { createEncoding } from '../lib/split/cnnsplitter/encoding.js';
import { kernelOrders } from '../lib/split/cnnsplitter/kernel-orders.js';
import { resolveSettings, type CnnSplitterSettings } from '../lib/split/cnnsplitter/options.js';
import { createSearch, type Search } from '../lib/split/cnnsplitter/search.js';
import { fit } from '../lib/training/fit.js';
import { median, type BenchRow } from './bench.js';

/** MODULAB_BENCH_SPLIT overrides these, e.g. '{"width":0.25,"population":50}'. */
const SMALL = { width: 1 / 8, imagesPerClass: 15, population: 10, parents: 5, elites: 2, generations: 5, epochs: 4 };
const FRAME = 'MODULAB_BENCH_SPLIT';

/**
 * CNNSplitter's search against the reference scheme, generation by generation in turn: one module built of tf.layers and
 * run with `predict` per candidate over all images, elites again in every generation, on one thread. Both use the same
 * network, images and genetic settings. The two take turns so that both have the same wall time.
 */
export async function benchSplit(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') {
    console.log('cpu            too slow for a search: left out');
    return [];
  }
  const size = { ...SMALL, ...(JSON.parse(process.env[FRAME] ?? '{}') as Partial<typeof SMALL>) };
  const { imagesPerClass, population, parents, elites, generations, width } = size;
  const sets = splitTrainValidation(synthetic({ trainPerClass: 5 * imagesPerClass, testPerClass: 1, seed: 3 }).train);
  const strong = simCnn({ width, variant: 'gradsplitter', dropout: false, seed: 5 });
  await fit(strong, sets.train, { epochs: size.epochs, batchSize: 32, learningRate: 0.02, seed: 1 });
  const common = { preset: 'laptop', population, parents, elites, imagesPerClass, generations: 10_000 } as const;
  const images = searchImages(strong, sets.validation, imagesPerClass);
  const reference = resolveSettings({ ...common, racing: null, cache: false, losers: 'newest' });
  const ours = resolveSettings(common);

  const ourRunner = createModuleRunner(strong, images, { batchSize: ours.batchSize, workers: 'auto' });
  const theirRunner = referenceRunner(strong, images, reference.batchSize);
  try {
    const mine = await searchOn(strong, images, ours, ourRunner);
    const theirs = await searchOn(strong, images, reference, theirRunner);
    // Warm-up: the first generation, which neither caches nor races.
    await mine.search.step();
    await theirs.search.step();
    for (let i = 0; i < generations; i++) {
      await theirs.step();
      do await mine.step();
      while (mine.seconds < theirs.seconds);
    }
    const candidates = images.classNames.length * population;
    const rate = ({ times }: Timed) => candidates / median(times);
    const label = `SimCNN ${width}, ${population} × ${images.classNames.length}, ${images.labels.length} images`;
    const best = ({ search }: Timed) => search.champion!.record.score;
    return [
      row(`${label}: candidates`, backend, 'candidates/s', rate(mine), rate(theirs)),
      row(
        `${label}: 0.9·acc + 0.1·diff after ${theirs.seconds.toFixed(0)} s`,
        backend,
        'score',
        best(mine),
        best(theirs),
      ),
    ];
  } finally {
    await ourRunner.close();
    await theirRunner.close();
    strong.dispose();
  }
}

interface Timed {
  readonly search: Search;
  readonly times: number[];
  readonly seconds: number;
  step(): Promise<void>;
}

async function searchOn(
  strong: tf.LayersModel,
  images: ImageSet,
  settings: CnnSplitterSettings,
  runner: ModuleRunner,
): Promise<Timed> {
  const trace = traceModel(strong);
  const encoding = createEncoding(trace, await kernelOrders(strong, trace, images, settings), settings.grouping);
  const half = trace.groups.map(({ id }) => id).slice(0, trace.groups.length / 2);
  const search = createSearch({
    settings,
    seed: 1,
    classNames: images.classNames,
    labels: images.labels,
    encoding,
    layers: chromosomeLayers(encoding, trace, half, settings),
    runner,
  });
  const times: number[] = [];
  return {
    search,
    times,
    get seconds() {
      return times.reduce((sum, s) => sum + s, 0);
    },
    async step() {
      times.push((await search.step()).seconds);
    },
  };
}

/** The scheme of the authors' program: every candidate becomes a model of its own. */
function referenceRunner(strong: tf.LayersModel, images: ImageSet, batchSize: number): ModuleRunner {
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

const row = (name: string, backend: string, unit: string, value: number, peer: number): BenchRow => ({
  case: name,
  backend,
  value,
  unit,
  peer,
  ratio: value / peer,
});
