import path from 'node:path';
import { loadDataset } from '../lib/datasets/load.js';
import { splitTrainValidation } from '../lib/datasets/split-train-validation.js';
import { firstPerClass, interleaveClasses, subset } from '../lib/datasets/subset.js';
import { synthetic } from '../lib/datasets/synthetic.js';
import { simCnn } from '../lib/models/architectures/sim-cnn.js';
import { loadModel } from '../lib/models/load-model.js';
import { resolveSettings } from '../lib/split/cnnsplitter/resolve-settings.js';
import { searchPass } from '../lib/split/cnnsplitter/search-modules.js';
import type { GenerationRecord } from '../lib/split/search-history.js';
import { createModuleRunner } from '../lib/surgery/modules/module-runner.js';
import { fit } from '../lib/training/fit.js';
import type { BenchRow } from './bench.js';
import { referenceRunner, row, searchOn, type Timed } from './reference-search.js';

/** MODULAB_BENCH_SPLIT overrides these, e.g. '{"width":0.25,"population":50}'. The published sizes of a population. */
const SIZE = { width: 1 / 8, imagesPerClass: 30, population: 100, parents: 50, elites: 20, generations: 1, epochs: 6 };
/** Of the eighty children of a class, half go at each station: five see all images. */
const HALVING = [0.025, 0.05, 0.15, 0.4].map((images) => ({ images, keep: 0.5 }));
const FRAME = 'MODULAB_BENCH_SPLIT';
const WEIGHTS = 'akamaster-cifar10-resnet20.safetensors';

/**
 * CNNSplitter's search against the reference scheme, generation by generation in turn: one module built of tf.layers and
 * run with `predict` per candidate over all images, elites again in every generation, on as many threads as the backend
 * takes. Both use the same network, images and genetic settings, and the same first population. The two take turns so
 * that both have the same wall time.
 *
 * A candidate counts when the search has decided on its rank among its class's candidates. In the reference that
 * takes all images every time; here elites keep their logits and racers may drop out before they have seen all images.
 * The other rows count only those that were run at all, and only those that were run on all images.
 */
export async function benchSplit(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') {
    console.log('cpu            too slow for a search: left out');
    return [];
  }
  const size = { ...SIZE, ...(JSON.parse(process.env[FRAME] ?? '{}') as Partial<typeof SIZE>) };
  const { imagesPerClass, population, parents, elites, generations } = size;
  const { strong, name, validation } = await network(size);
  const common = { preset: 'laptop', population, parents, elites, imagesPerClass, generations: 10_000 } as const;
  const taken = subset(validation, firstPerClass(validation, imagesPerClass));
  const images = subset(taken, interleaveClasses(taken));
  const reference = resolveSettings({ ...common, racing: null, cache: false, losers: 'newest' });
  const ours = resolveSettings({ ...common, racing: HALVING, raceFirst: true });

  const ourRunner = createModuleRunner(strong, images, {
    batchSize: searchPass(ours, images.labels.length),
    workers: 'auto',
  });
  const theirRunner = referenceRunner(strong, images, reference.batchSize);
  try {
    const mine = await searchOn(strong, images, ours, ourRunner);
    const theirs = await searchOn(strong, images, reference, theirRunner);
    // Warm-up: the first generation, which has no elites.
    await mine.search.step();
    await theirs.search.step();
    for (let i = 0; i < generations; i++) {
      await theirs.step();
      do await mine.step();
      while (mine.seconds < theirs.seconds);
    }
    const label = `${name}, ${population} × ${images.classNames.length}, ${images.labels.length} images`;
    const best = ({ search }: Timed) => search.champion!.record.score;
    const total = ({ records }: Timed, count: (record: GenerationRecord) => number) =>
      records.reduce((sum, record) => sum + count(record), 0);
    const rates = (what: string, count: (record: GenerationRecord) => number): BenchRow => {
      const rate = (timed: Timed) => total(timed, count) / timed.seconds;
      return row(`${label}: candidates ${what}`, backend, 'candidates/s', rate(mine), rate(theirs));
    };
    const decided = () => images.classNames.length * population;
    const perCpuSecond = (timed: Timed) => total(timed, decided) / timed.cpuSeconds;
    return [
      rates('decided', decided),
      rates('run', ({ evaluations }) => evaluations),
      rates('run on all images', ({ evaluations, dropped }) => evaluations - dropped),
      // of all cores together: what other processes take away does not count
      row(`${label}: candidates decided`, backend, 'per CPU second', perCpuSecond(mine), perCpuSecond(theirs)),
      row(
        `${label}: 0.9·acc + 0.1·diff after ${theirs.seconds.toFixed(0)} s (${mine.records.length} : ${generations} generations)`,
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

/** ResNet-20 with its weights on photographs that it was not trained on, where both are there; else a SimCNN trained here. */
async function network({ width, imagesPerClass, epochs }: typeof SIZE) {
  const { MODULAB_MODELS: models, MODULAB_DATA: data } = process.env;
  if (models && data) {
    const { model: strong } = await loadModel(path.join(models, WEIGHTS));
    return { strong, name: 'ResNet-20', validation: (await loadDataset('cifar10')).test };
  }
  const sets = splitTrainValidation(synthetic({ trainPerClass: 5 * imagesPerClass, testPerClass: 1, seed: 3 }).train);
  const strong = simCnn({ width, variant: 'gradsplitter', dropout: false, seed: 5 });
  await fit(strong, sets.train, { epochs, batchSize: 32, learningRate: 0.02, seed: 1 });
  return { strong, name: `SimCNN ${width}`, validation: sets.validation };
}
