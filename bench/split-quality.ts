import path from 'node:path';
import { composeModules } from '../lib/compose/composed-model.js';
import type { ImageSet } from '../lib/datasets/dataset.js';
import { loadDataset } from '../lib/datasets/load.js';
import { splitTrainValidation } from '../lib/datasets/split-train-validation.js';
import { OptionError } from '../lib/errors.js';
import { meanAndDeviation } from '../lib/metrics/mean-deviation.js';
import { loadModel } from '../lib/models/load-model.js';
import type { CnnSplitterOptions } from '../lib/split/cnnsplitter/options.js';
import { split } from '../lib/split/split.js';
import { countMacs } from '../lib/surgery/trace/count-macs.js';
import type * as tf from '../lib/tf.js';
import { evaluate } from '../lib/training/evaluate.js';
import type { BenchRow } from './bench.js';

/** What `npm run bench -- split-quality` can be told on its command line. */
export interface SplitQualityOptions {
  /** Path of a model of CIFAR-10; absolute, or inside MODULAB_MODELS. Default: those of {@link NETWORKS}. */
  readonly network?: string;
  /** Shares of kernels to keep, e.g. '0.53,0.45'. */
  readonly keep?: string;
  /** Default '1,2,3'. */
  readonly seeds?: string;
  /** Leaves out the controls. */
  readonly plain?: boolean;
  /** Adds the genetic search, from the first of the budgets. */
  readonly searched?: boolean;
  /** Settings of all splits but the searched one's difference, as JSON, e.g. '{"difference":0.75}'. */
  readonly settings?: string;
}

interface Network {
  readonly file: string;
  readonly keep: readonly number[];
  /** Settings that are not the preset's. */
  readonly settings?: CnnSplitterOptions;
}

/**
 * Networks in MODULAB_MODELS, with the budgets that are of interest. The stream of a ResNet, tied through all stages,
 * leaves the classes little to differ in; and this one was trained on the validation images, so it is uncertain of none.
 */
const NETWORKS: readonly Network[] = [
  { file: 'lab/rescnn-quarter-cifar10/model.json', keep: [0.53, 0.45] },
  {
    file: 'akamaster-cifar10-resnet20.safetensors',
    keep: [0.915, 0.85],
    settings: { difference: 0, weighting: 'even' },
  },
];
/** The search trades accuracy for difference, so its start has more of that. */
const SEARCHED = { difference: 0.75 } as const;

/** What each budget is compared with, at the same budget and with the same steps after cutting. */
const CONTROLS: Readonly<Record<string, (keep: number) => CnnSplitterOptions>> = {
  'activation order': () => ({ importance: 'activation', difference: 0 }),
  'random order': () => ({ importance: 'random', difference: 0 }),
  'the same share of every layer': (keep) => ({ floor: keep }),
};

/**
 * What splits lose, on test images that had no part in making them: points of accuracy of the composed modules below the
 * whole model, with kernels kept, multiply-adds, difference and seconds, as mean and standard deviation over seeds (controls: the first seed). Kernels
 * are chosen on the published validation images of CIFAR-10, which a seed deals out.
 *
 * Seconds are those of `split` alone, its held-out images included.
 */
export async function benchSplitQuality(
  backend: string,
  _peer: unknown,
  options: SplitQualityOptions = {},
): Promise<BenchRow[]> {
  const models = process.env['MODULAB_MODELS'];
  if (backend === 'cpu' || !process.env['MODULAB_DATA'] || (!models && !path.isAbsolute(options.network ?? ''))) {
    console.log(`${backend.padEnd(14)} left out: needs MODULAB_DATA, MODULAB_MODELS and a backend other than cpu`);
    return [];
  }
  const data = await loadDataset('cifar10');
  const { validation } = splitTrainValidation(data.train);
  const named = NETWORKS.find(({ file }) => file === options.network);
  const wanted: readonly Network[] =
    options.network === undefined ? NETWORKS : [named ?? { file: options.network, keep: [0.57, 0.5] }];
  const seeds = numbers('--seeds', options.seeds ?? '1,2,3');
  const rows: BenchRow[] = [];
  for (const { file, keep: usual, settings: own } of wanted) {
    const settings = { ...own, ...asSettings(options.settings) };
    const { model } = await loadModel(path.isAbsolute(file) ? file : path.join(models!, file));
    const strong = (await evaluate(model, data.test)).accuracy;
    const keeps = options.keep === undefined ? usual : numbers('--keep', options.keep);
    const cases = [
      ...keeps.flatMap((keep) => [
        { name: `keep ${keep}`, given: { ...settings, keep, generations: 0 }, seeds },
        ...Object.entries(options.plain ? {} : CONTROLS).map(([name, control]) => ({
          name: `keep ${keep}, ${name}`,
          given: { ...settings, keep, generations: 0, ...control(keep) },
          seeds: seeds.slice(0, 1),
        })),
      ]),
      ...(options.searched ? keeps.slice(0, 1) : []).map((keep) => ({
        name: `searched from keep ${keep}`,
        given: { ...settings, ...SEARCHED, keep },
        seeds,
      })),
    ];
    for (const { name, given, seeds: own } of cases) {
      const runs: Run[] = [];
      for (const seed of own) runs.push(await oneSplit(model, strong, validation, data.test, { ...given, seed }));
      const label = `${model.name} (${(100 * strong).toFixed(2)} %), ${name}`;
      const row = (what: keyof Run, unit: string): BenchRow => {
        const { mean, std } = meanAndDeviation(runs.map((run) => run[what]))!;
        return { case: `${label}: ${what}`, backend, value: mean, ...(std === null ? {} : { deviation: std }), unit };
      };
      const found = [
        row('loss', 'points'),
        row('kernels kept', '%'),
        row('multiply-adds', '%'),
        row('diff', ''),
        row('seconds', 's'),
        row('CPU seconds', 's'),
      ];
      rows.push(...found);
      console.log(`${label}: ${found.map(short).join(', ')}`);
    }
    model.dispose();
  }
  return rows;
}

interface Run {
  readonly loss: number;
  readonly 'kernels kept': number;
  readonly 'multiply-adds': number;
  readonly diff: number;
  readonly seconds: number;
  readonly 'CPU seconds': number;
}

async function oneSplit(
  model: tf.LayersModel,
  strong: number,
  validation: ImageSet,
  test: ImageSet,
  options: CnnSplitterOptions,
): Promise<Run> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const { modules, keptRatio, validation: own } = await split(model, validation, { preset: 'laptop', ...options });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1000;
  const composed = composeModules(modules);
  const { accuracy } = await evaluate(composed, test);
  composed.dispose();
  const parts = Object.values(modules);
  const macs = parts.reduce((sum, module) => sum + countMacs(module.model).total, 0) / parts.length;
  parts.forEach((module) => module.model.dispose());
  return {
    loss: 100 * (strong - accuracy),
    'kernels kept': 100 * keptRatio,
    'multiply-adds': (100 * macs) / countMacs(model).total,
    diff: own.diff,
    seconds,
    'CPU seconds': (user + system) / 1e6,
  };
}

function asSettings(json = '{}'): CnnSplitterOptions {
  try {
    return JSON.parse(json) as CnnSplitterOptions;
  } catch (cause) {
    throw new OptionError(`--settings: expected JSON such as {"difference":0.75}, got '${json}'.`, { cause });
  }
}

function numbers(option: string, text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !(value >= 0))) {
    throw new OptionError(`${option}: expected numbers with commas between them, got '${text}'.`);
  }
  return values;
}

const short = ({ case: name, value, deviation, unit }: BenchRow) =>
  [
    name.slice(name.lastIndexOf(': ') + 2),
    value.toFixed(2),
    ...(deviation === undefined ? [] : ['±', deviation.toFixed(2)]),
    unit,
  ]
    .join(' ')
    .trim();
