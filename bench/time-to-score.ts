import fs from 'node:fs';
import path from 'node:path';
import { composeModules } from '../lib/compose/composed-model.js';
import type { ImageSet } from '../lib/datasets/dataset.js';
import { loadDataset } from '../lib/datasets/load.js';
import { splitTrainValidation } from '../lib/datasets/split-train-validation.js';
import { firstPerClass, interleaveClasses, subset } from '../lib/datasets/subset.js';
import { synthetic } from '../lib/datasets/synthetic.js';
import { simCnn } from '../lib/models/architectures/sim-cnn.js';
import { loadModel } from '../lib/models/load-model.js';
import type { CnnSplitterPreset } from '../lib/split/cnnsplitter/presets.js';
import { resolveSettings } from '../lib/split/cnnsplitter/resolve-settings.js';
import { split } from '../lib/split/split.js';
import { createExtractor } from '../lib/surgery/modules/extract.js';
import { KernelModule } from '../lib/surgery/modules/kernel-module.js';
import { keptRatio, meanDifference } from '../lib/surgery/trace/kernel-selection.js';
import type * as tf from '../lib/tf.js';
import { evaluate } from '../lib/training/evaluate.js';
import { fit } from '../lib/training/fit.js';
import type { BenchRow } from './bench.js';
import { referenceRunner, row, searchOn } from './reference-search.js';

/**
 * MODULAB_BENCH_SCORE overrides these, e.g. '{"generations":3}': generations of the reference after its first, images of each class
 * that both choose by, candidates of each class (the published number; parents and elites go with it), and, for a network that is
 * trained here, its width and epochs.
 */
const SIZE = { generations: 1, imagesPerClass: 30, population: 100, width: 1 / 8, epochs: 6 };
const FRAME = 'MODULAB_BENCH_SCORE';
const WEIGHTS = 'lab/rescnn-quarter-cifar10/model.json';
const TRAINING_IMAGES = 50_000;

/** What a split is worth by the paper's measure (spec cnnsplitter §2.9). */
const scoreOf = (accuracy: number, diff: number) => 0.9 * accuracy + 0.1 * diff;

/**
 * Seconds until the score that the reference scheme has after its time: the published start, settings and population in the scheme of the
 * authors' program, against `split` from its own start, with the same network and images. Its first generation cannot win, as
 * published, so it runs at least one more. Modules are not repaired after cutting here, which would count for one side only.
 *
 * The score is measured on the images that both chose by; what each is worth on others stands in rows of its own.
 */
export async function benchTimeToScore(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') return [];
  const size = { ...SIZE, ...(JSON.parse(process.env[FRAME] ?? '{}') as Partial<typeof SIZE>) };
  const { strong, name, preset, chooseBy, heldOut } = await network(size);
  try {
    const taken = subset(chooseBy, firstPerClass(chooseBy, size.imagesPerClass));
    const images = subset(taken, interleaveClasses(taken));
    const theirs = await reference(strong, images, heldOut, preset, size);
    const ours = await fromOwnStart(strong, images, heldOut, theirs.score);
    const label = `${name}, ${images.labels.length} images`;
    const kept = `kernels kept ${(100 * ours.kernelsKept).toFixed(0)} % : ${(100 * theirs.kernelsKept).toFixed(0)} %`;
    const held = `${heldOut.labels.length} held-out images`;
    const seconds = row(`${label}: until score ${theirs.score.toFixed(3)}, ${ours.generations} generations of ours`, backend, 's', ours.seconds, theirs.seconds); // prettier-ignore
    return [
      { ...seconds, ratio: theirs.seconds / ours.seconds },
      row(`${label}: score then (${kept})`, backend, 'score', ours.score, theirs.score),
      row(`${name}: score on ${held}`, backend, 'score', scoreOf(ours.accuracy, ours.diff), scoreOf(theirs.accuracy, theirs.diff)), // prettier-ignore
      row(`${name}: accuracy on ${held}`, backend, '%', 100 * ours.accuracy, 100 * theirs.accuracy),
    ];
  } finally {
    strong.dispose();
  }
}

interface Reached {
  /** On the images that kernels were chosen by. */
  readonly score: number;
  readonly seconds: number;
  readonly generations: number;
  readonly diff: number;
  readonly kernelsKept: number;
  /** Of all modules together, on held-out images. */
  readonly accuracy: number;
}

async function reference(
  strong: tf.LayersModel,
  images: ImageSet,
  heldOut: ImageSet,
  preset: CnnSplitterPreset,
  { generations, population }: Pick<typeof SIZE, 'generations' | 'population'>,
): Promise<Reached> {
  const [parents, elites] = [Math.ceil(population / 2), Math.ceil(population / 5)];
  const settings = resolveSettings({ preset, population, parents, elites, cache: false });
  const startedAt = performance.now();
  const runner = referenceRunner(strong, images, settings.batchSize);
  const { search, encoding } = await searchOn(strong, images, settings, runner);
  for (let generation = 0; generation <= generations; generation++) await search.step();
  const seconds = (performance.now() - startedAt) / 1000;
  await runner.close();
  const { record, chromosomes } = search.champion!;
  const extractor = createExtractor(strong);
  const modules = chromosomes.map((chromosome, classIndex) => {
    const selection = encoding.decode(chromosome, classIndex);
    const about = { targetClass: images.classNames[classIndex], classIndex, classNames: images.classNames, selection };
    const provenance = { method: 'reference', seed: 1, options: {}, keptRatio: keptRatio(selection) };
    return new KernelModule({ ...about, model: extractor.extract(selection), provenance });
  });
  extractor.dispose();
  return { score: record.score, seconds, generations, ...(await tested(modules, heldOut)) };
}

/** What the budget keeps; where that is not enough, the search from there. */
async function fromOwnStart(
  strong: tf.LayersModel,
  images: ImageSet,
  heldOut: ImageSet,
  goal: number,
): Promise<Reached> {
  // the split's own test on held-out images is no part of getting there: one image of each class
  const common = {
    preset: 'laptop',
    seed: 1,
    imagesPerClass: null,
    finish: false,
    heldOutImages: subset(heldOut, firstPerClass(heldOut, 1)),
  } as const;
  const startedAt = performance.now();
  const start = await split(strong, images, { ...common, generations: 0 });
  const score = scoreOf(start.validation.composedAccuracy, start.validation.diff);
  const seconds = (performance.now() - startedAt) / 1000;
  if (score >= goal)
    return { score, seconds, generations: 0, ...(await tested(Object.values(start.modules), heldOut)) };
  Object.values(start.modules).forEach(({ model }) => model.dispose());
  const searchedFrom = performance.now();
  const result = await split(strong, images, common);
  const whole = (performance.now() - searchedFrom) / 1000;
  const reached = result.history.findIndex((record) => record.score >= goal);
  const after = result.history.slice(reached + 1).reduce((sum, record) => sum + record.seconds, 0);
  return {
    score: Math.max(...result.history.map((record) => record.score)),
    seconds: reached < 0 ? Infinity : seconds + whole - after,
    generations: reached < 0 ? result.history.length - 1 : reached,
    ...(await tested(Object.values(result.modules), heldOut)),
  };
}

async function tested(modules: readonly KernelModule[], heldOut: ImageSet) {
  const composed = composeModules(modules);
  const { accuracy } = await evaluate(composed, heldOut);
  composed.dispose();
  modules.forEach(({ model }) => model.dispose());
  const selections = modules.map(({ selection }) => selection);
  const kernelsKept = selections.reduce((sum, selection) => sum + keptRatio(selection), 0) / selections.length;
  return { accuracy, diff: meanDifference(selections), kernelsKept };
}

/**
 * One of the paper's networks with its weights, on photographs that it was not trained on, where these and all training images are there;
 * else a SimCNN trained here.
 */
async function network({ width, imagesPerClass, epochs }: typeof SIZE) {
  const { MODULAB_MODELS: models, MODULAB_DATA: data } = process.env;
  const file = models && path.join(models, WEIGHTS);
  if (data && file && fs.existsSync(file)) {
    const { train, test } = await loadDataset('cifar10');
    if (train.labels.length === TRAINING_IMAGES) {
      const { model: strong } = await loadModel(file);
      const { validation: chooseBy } = splitTrainValidation(train);
      return { strong, name: 'ResCNN 1/4', preset: 'paper/rescnn-cifar10', chooseBy, heldOut: test } as const;
    }
  }
  const { train, test: heldOut } = synthetic({ trainPerClass: 5 * imagesPerClass, testPerClass: 50, seed: 3 });
  const sets = splitTrainValidation(train);
  const strong = simCnn({ width, variant: 'gradsplitter', dropout: false, seed: 5 });
  await fit(strong, sets.train, { epochs, batchSize: 32, learningRate: 0.02, seed: 1 });
  return {
    strong,
    name: `SimCNN ${width}`,
    preset: 'paper/simcnn-cifar10',
    chooseBy: sets.validation,
    heldOut,
  } as const;
}
