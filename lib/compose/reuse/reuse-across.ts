import { ensureBackend } from '../../backend/ensure-backend.js';
import { adaptImages } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { keepClasses } from '../../datasets/subset.js';
import type { TaskScore } from '../../metrics/task-score.js';
import { experimentRows } from '../../run/experiment-rows.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { addPartnerNodes, inactiveNodes, removePartnerNodes, type UpdateReading } from './continual-update.js';
import { type Effort, withEffort } from './effort.js';
import { type ModularNetwork, modulesOf } from './modular-network.js';
import { type OpenNetwork, openNetwork, type PassOptions } from './open-network.js';
import { partnerImages } from './partner-images.js';
import { binaryTask } from './reuse-binary-task.js';
import {
  chooseClasses,
  experimentFingerprint,
  type ReuseImages,
  type ReuseOptions,
  scratchIdentity,
} from './reuse-options.js';
import { besides, renameColumn, scoreOf, type ScoreTable, stack, takeColumns } from './score-table.js';
import { scratchBaseline, type ScratchResult } from './scratch-baseline.js';

/** One side of reuse across data sets. */
export interface ReuseSide {
  readonly network: ModularNetwork;
  readonly images: ReuseImages;
  /** Classes, or how many to draw by lot from the seed. Default 4, as in the paper. */
  readonly classes?: readonly string[] | number;
}

/** What {@link reuseAcross} can be told. */
export interface ReuseAcrossOptions extends ReuseOptions {
  /** What a continual update does; several to compare. Default both. */
  readings?: readonly UpdateReading[];
}

/** Figures of modules after a continual update. */
export interface UpdatedModules {
  readonly reading: UpdateReading;
  readonly score: TaskScore;
  /** Change in the number of inactive nodes, all updated modules together. */
  readonly inactiveChange: number;
  /** What observing the partners' images took, and the updated modules on the test images. */
  readonly effort: { readonly update: Effort; readonly predict: Effort };
}

/** A class of one data set against a class of another. Plain data; all on the same test images. */
export interface ReuseAcrossRow {
  readonly kind: 'reuseAcrossRow';
  readonly first: { readonly data: string; readonly network: string; readonly className: string };
  readonly second: { readonly data: string; readonly network: string; readonly className: string };
  readonly scratch: ScratchResult | null;
  /** Modules without a removed node, one of each network. */
  readonly unmasked: TaskScore;
  readonly modules: TaskScore;
  readonly updated: readonly UpdatedModules[];
  /** What the two modules took for the test images. */
  readonly effort: Effort;
}

/**
 * Reuse across data sets: for every class of the one and every class of the other, the two modules side by side as a classifier
 * of the two, before and after a continual update, against a model trained from scratch (spec decompose §3.3, §3.4, T3). The networks may
 * differ in everything; nothing makes their margins comparable. The classes have images in unequal numbers, so mind
 * `balancedAccuracy`.
 *
 * Every network gets the images in its own normalisation; images of another size are refused unless `resize` is set.
 * @throws OptionError for an unknown class or one without a module; DataError for images that a network cannot take;
 *   InterruptedError on `signal`
 */
export async function reuseAcross(
  first: ReuseSide,
  second: ReuseSide,
  options: ReuseAcrossOptions = {},
): Promise<ReuseAcrossRow[]> {
  await ensureBackend();
  const { scratch = null, seed = 0, readings = ['add', 'remove'], checkpoint, onProgress, signal, resize } = options;
  const sides = [first, second] as const;
  const [left, right] = sides.map(({ network, classes }, side) => {
    const known = network.classNames.filter((name) => Object.hasOwn(network.modules, name));
    const wanted = classes ?? Math.min(4, known.length);
    return chooseClasses(known, wanted, seed, `reuse across, classes of ${side === 0 ? 'the first' : 'the second'}`);
  });
  const pairs = left.flatMap((a) => right.map((b) => [a, b] as const));
  const scratchAs = scratchIdentity(scratch, 2, seed, first.images.train);
  const fingerprintOptions = { left, right, readings, scratch: scratchAs, seed, resize };
  const plan = {
    task: `reuse across ${first.images.name} and ${second.images.name}`,
    unit: 'pairs',
    keys: pairs.map((pair) => pair.join('\t')),
    fingerprint: experimentFingerprint('reuse across', [first.network, second.network], [first.images, second.images], fingerprintOptions), // prettier-ignore
    ...{ checkpoint, onProgress, signal },
  };
  const open = sides.map(({ network }) => openNetwork(network));
  try {
    return await experimentRows<ReuseAcrossRow>(plan, async (index, stateFile, inner) => {
      const pair = pairs[index];
      const names = pair[0] === pair[1] ? pair.map((name, i) => `${sides[i].images.name} ${name}`) : [...pair];
      const parts = sides.map(({ images }, i) => keepClasses(images.test, [pair[i]], { relabel: true }));
      const labels = Int32Array.from([...parts[0].labels, ...parts[1].labels.map(() => 1)]);
      const pass = { signal, resize };
      const modules = sides.map(({ network }, i) => modulesOf(network, [pair[i]])[0]);
      const plain = await withEffort(() => marginsBeside(open, modules, parts, names, pass));
      const unmasked = await unmaskedBeside(open, pair, parts, names, pass);
      const updated: UpdatedModules[] = [];
      for (const reading of readings) {
        const change = await withEffort(() => updateBoth(open, modules, sides, pair, reading, pass));
        const after = await withEffort(() => marginsBeside(open, change.result, parts, names, pass));
        updated.push({
          reading,
          score: scoreOf(after.result, labels, names),
          inactiveChange: change.result.reduce((sum, module, i) => sum + inactiveNodes(module) - inactiveNodes(modules[i]), 0), // prettier-ignore
          effort: { update: change.effort, predict: after.effort },
        });
      }
      const about = (i: 0 | 1) => ({ data: sides[i].images.name, network: sides[i].network.name, className: pair[i] });
      return {
        kind: 'reuseAcrossRow',
        first: about(0),
        second: about(1),
        scratch: scratch && (await fromScratch(stateFile)),
        unmasked: scoreOf(unmasked, labels, names),
        modules: scoreOf(plain.result, labels, names),
        updated,
        effort: plain.effort,
      };

      async function fromScratch(checkpoint: string | undefined): Promise<ScratchResult> {
        const [train, test] = (['train', 'test'] as const).map((split) =>
          mixture(first.images[split], second.images[split], pair, names, resize),
        );
        const task = `train ${scratch!.network} on ${names.join(' and ')}`;
        return scratchBaseline(train, test, scratch!, { seed, onProgress: inner, signal, checkpoint, task });
      }
    });
  } finally {
    open.forEach((network) => network.dispose());
  }
}

/** Images of both classes as the first data set's are, for one model of both. */
function mixture(
  first: ImageSet,
  second: ImageSet,
  pair: readonly [string, string],
  names: readonly string[],
  resize?: boolean,
): ImageSet {
  const only = keepClasses(second, [pair[1]], { relabel: true });
  const alike = adaptImages({ ...only, classNames: [names[1]] }, first, { resize });
  const own = { ...keepClasses(first, [pair[0]], { relabel: true }), classNames: [names[0]] };
  return binaryTask(own, names[0], alike, names[1]);
}

function marginsBeside(
  open: readonly OpenNetwork[],
  modules: readonly NodeModuleParts[],
  parts: readonly ImageSet[],
  names: readonly string[],
  options: PassOptions,
): Promise<ScoreTable> {
  return columnsBeside(parts, names, (i, part) => open[i].margins([modules[i]], part, options));
}

function unmaskedBeside(
  open: readonly OpenNetwork[],
  pair: readonly string[],
  parts: readonly ImageSet[],
  names: readonly string[],
  options: PassOptions,
): Promise<ScoreTable> {
  return columnsBeside(parts, names, async (i, part) => takeColumns(await open[i].unmasked(part, options), [pair[i]]));
}

/** One column per name, over all parts of the images. @param columnOf table of one column for a part of the images */
async function columnsBeside(
  parts: readonly ImageSet[],
  names: readonly string[],
  columnOf: (i: number, part: ImageSet) => Promise<ScoreTable>,
): Promise<ScoreTable> {
  const columns: ScoreTable[] = [];
  for (const [i, name] of names.entries()) {
    const tables: ScoreTable[] = [];
    for (const part of parts) tables.push(await columnOf(i, part));
    const table = stack(...tables);
    columns.push(renameColumn(table, [...table.columns.keys()][0], name));
  }
  return besides(...columns);
}

/** Both modules updated with training images of the other's class. */
async function updateBoth(
  open: readonly OpenNetwork[],
  modules: readonly NodeModuleParts[],
  sides: readonly [ReuseSide, ReuseSide],
  pair: readonly [string, string],
  reading: UpdateReading,
  options: PassOptions,
): Promise<NodeModuleParts[]> {
  const updated: NodeModuleParts[] = [];
  for (const [i, module] of modules.entries()) {
    const imagesOf = (side: 0 | 1) => partnerImages(module, sides[side].images.train, [pair[side]]);
    const [own, other] = i === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const partner = await open[i].active(imagesOf(other), options);
    updated.push(
      reading === 'add'
        ? addPartnerNodes(module, partner)
        : removePartnerNodes(module, partner, await open[i].active(imagesOf(own), options), open[i].points),
    );
  }
  return updated;
}
