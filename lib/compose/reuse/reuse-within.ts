import { ensureBackend } from '../../backend/ensure-backend.js';
import { keepClasses } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import type { TaskScore } from '../../metrics/task-score.js';
import { experimentRows } from '../../run/experiment-rows.js';
import { type Effort, withEffort } from './effort.js';
import { type ModularNetwork, modulesOf } from './modular-network.js';
import { openNetwork } from './open-network.js';
import {
  chooseClasses,
  experimentFingerprint,
  type ReuseImages,
  type ReuseOptions,
  scratchIdentity,
} from './reuse-options.js';
import { scoreOf, takeColumns } from './score-table.js';
import { scratchBaseline, type ScratchResult } from './scratch-baseline.js';

/** What {@link reuseWithin} can be told. */
export interface ReuseWithinOptions extends ReuseOptions {
  /** Classes, or how many to draw by lot from the seed. Default 4: six pairs, as in the paper. */
  classes?: readonly string[] | number;
}

/** One pair of classes of a data set: modules against a model trained from scratch. Plain data; all on the same test images. */
export interface ReuseWithinRow {
  readonly kind: 'reuseWithinRow';
  readonly data: string;
  readonly network: string;
  readonly first: string;
  readonly second: string;
  readonly scratch: ScratchResult | null;
  /** The network's own logits of the two classes: what modules without a removed node decide. */
  readonly restricted: TaskScore;
  readonly modules: TaskScore;
  /** What the two modules took for the test images. */
  readonly effort: Effort;
}

/**
 * Reuse within a data set: for every pair of some classes, the network's two modules side by side as a classifier of the two,
 * against a model trained from scratch on the training images of the two (spec decompose §3.2, T2).
 * @throws OptionError for an unknown class or one without a module; InterruptedError on `signal`
 */
export async function reuseWithin(
  network: ModularNetwork,
  images: ReuseImages,
  options: ReuseWithinOptions = {},
): Promise<ReuseWithinRow[]> {
  await ensureBackend();
  const { scratch = null, seed = 0, checkpoint, onProgress, signal, resize } = options;
  const known = network.classNames.filter((name) => Object.hasOwn(network.modules, name));
  const classes = chooseClasses(known, options.classes ?? Math.min(4, known.length), seed, 'reuse within, classes');
  if (classes.length < 2) throw new OptionError(`reuseWithin: expected two classes or more, got ${classes.join()}.`);
  const pairs = classes.flatMap((first, i) => classes.slice(i + 1).map((second) => [first, second] as const));
  const plan = {
    task: `reuse within ${images.name}`,
    unit: 'pairs',
    keys: pairs.map((pair) => pair.join('\t')),
    fingerprint: experimentFingerprint('reuse within', [network], [images], {
      ...{ classes, seed, resize },
      scratch: scratchIdentity(scratch, 2, seed, images.train),
    }),
    ...{ checkpoint, onProgress, signal },
  };
  const open = openNetwork(network);
  try {
    return await experimentRows<ReuseWithinRow>(plan, async (index, stateFile, inner) => {
      const pair = pairs[index];
      const [train, test] = [images.train, images.test].map((set) => keepClasses(set, pair, { relabel: true }));
      const margins = await withEffort(() => open.margins(modulesOf(network, pair), test, { signal, resize }));
      const own = takeColumns(await open.unmasked(test, { signal, resize }), pair);
      const task = scratch ? `train ${scratch.network} on ${pair.join(' and ')}` : '';
      return {
        kind: 'reuseWithinRow',
        data: images.name,
        network: network.name,
        first: pair[0],
        second: pair[1],
        scratch:
          scratch &&
          (await scratchBaseline(train, test, scratch, {
            seed,
            onProgress: inner,
            signal,
            checkpoint: stateFile,
            task,
          })),
        restricted: scoreOf(own, test.labels, pair),
        modules: scoreOf(margins.result, test.labels, pair),
        effort: margins.effort,
      };
    });
  } finally {
    open.dispose();
  }
}
