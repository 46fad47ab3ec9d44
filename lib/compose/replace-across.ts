import { adaptImages } from '../datasets/adapt-images.js';
import type { ImageSet } from '../datasets/dataset.js';
import { concatSets, keepClasses, withClassNames } from '../datasets/subset.js';
import { OptionError } from '../errors.js';
import type { TaskScore } from '../metrics/task-score.js';
import { experimentRows } from '../run/experiment-rows.js';
import type { DecomposedModule } from '../surgery/node-module.js';
import { addPartnerNodes, type ActiveNodes } from './continual-update.js';
import { modulesOf } from './modular-network.js';
import { openNetwork } from './open-network.js';
import { partnerImages } from './partner-images.js';
import type { ReuseSide } from './reuse-across.js';
import { chooseClasses, experimentFingerprint, type ReuseOptions } from './reuse-options.js';
import { columnOf, replaceColumn, scoreOf, stack, takeRows, type ScoreTable } from './score-table.js';
import { scratchBaseline, type ScratchResult } from './scratch-baseline.js';

export interface ReplaceAcrossOptions extends ReuseOptions {
  /** Also with all modules updated for the classes that are new to their network. Default true. */
  update?: boolean;
}

/** A class of one data set in the place of a class of another. Plain data; all on the same test images. */
export interface ReplaceAcrossRow {
  readonly data: string;
  readonly recipient: string;
  /** Class of the recipient whose place is taken. */
  readonly replaced: string;
  readonly foreign: { readonly data: string; readonly network: string; readonly className: string };
  /** Position of the foreign class in the scores, for its recall. */
  readonly place: number;
  readonly scratch: ScratchResult | null;
  /** Without a removed node in any module. */
  readonly unmasked: TaskScore;
  readonly modules: TaskScore;
  readonly updated: TaskScore | null;
}

/**
 * Replaces a class by a foreign one: a new problem of the recipient's other classes and the foreign class, solved by their modules side by
 * side, against a model trained from scratch on the mixture (spec decompose §3.6, T5). The foreign class may have far fewer images than
 * the others: mind its recall and the balanced figures. The images of both data sets go through both networks, each in its own
 * normalisation; images of another size are refused unless `resize` is set.
 * @param recipient `classes` are those to be replaced
 * @param foreign `classes` are those that take their place
 * @throws OptionError for an unknown class, one without a module, or a foreign class of a name that the recipient has; DataError for images
 *   that a network cannot take; InterruptedError on `signal`
 */
export async function replaceAcross(
  recipient: ReuseSide,
  foreign: ReuseSide,
  options: ReplaceAcrossOptions = {},
): Promise<ReplaceAcrossRow[]> {
  const { scratch = null, update = true, seed = 0, checkpoint, onProgress, signal, resize } = options;
  const { classNames } = recipient.network;
  const withModule = foreign.network.classNames.filter((name) => Object.hasOwn(foreign.network.modules, name));
  const replaced = chooseClasses(classNames, recipient.classes ?? Math.min(4, classNames.length), seed, 'replace across, replaced classes'); // prettier-ignore
  const taken = chooseClasses(withModule, foreign.classes ?? Math.min(4, withModule.length), seed, 'replace across, foreign classes'); // prettier-ignore
  const clash = taken.find((name) => classNames.includes(name));
  if (clash !== undefined) {
    throw new OptionError(`replaceAcross: both data sets have a class '${clash}'. Rename one, or take another class.`);
  }
  const cells = taken.flatMap((name) => replaced.map((old) => ({ old, name })));
  const plan = {
    task: `replace classes of ${recipient.images.name} by ${foreign.images.name}`,
    unit: 'replacements',
    keys: cells.map(({ old, name }) => `${old}\t${name}`),
    fingerprint: experimentFingerprint('replace across', [recipient.network, foreign.network], [recipient.images, foreign.images], { replaced, taken, update, scratch, seed, resize }), // prettier-ignore
    ...{ checkpoint, onProgress, signal },
  };
  const pass = { signal, resize };
  const open = { own: openNetwork(recipient.network), other: openNetwork(foreign.network) };
  const own = modulesOf(recipient.network, classNames);
  const test = recipient.images.test;
  const foreignTest = (name: string) => keepClasses(foreign.images.test, [name], { relabel: true });
  const both = async (name: string, run: (set: ImageSet) => Promise<ScoreTable>) =>
    stack(await run(test), await run(foreignTest(name)));

  /** Scores of all test images, then of the foreign class's, by the recipient and by the foreign module. */
  const plain = remembered(async (name: string) => {
    const [module] = modulesOf(foreign.network, [name]);
    return {
      masked: await both(name, (set) => open.own.margins(own, set, pass)),
      unmasked: await both(name, (set) => open.own.unmasked(set, pass)),
      foreign: columnOf(await both(name, (set) => open.other.margins([module], set, pass)), name),
      foreignUnmasked: columnOf(await both(name, (set) => open.other.unmasked(set, pass)), name),
    };
  });
  const ownUpdated = remembered(async (name: string) => {
    const updated: DecomposedModule[] = [];
    const seen = new Map<number, ActiveNodes>();
    for (const module of own) {
      const { nPos } = module.provenance;
      const active =
        seen.get(nPos) ?? (await open.own.active(partnerImages(module, foreign.images.train, [name]), pass));
      seen.set(nPos, active);
      updated.push(addPartnerNodes(module, active));
    }
    return both(name, (set) => open.own.margins(updated, set, pass));
  });

  try {
    return await experimentRows<ReplaceAcrossRow>(plan, async (index, stateFile) => {
      const { old, name } = cells[index];
      const remaining = classNames.filter((other) => other !== old);
      const names = classNames.map((other) => (other === old ? name : other));
      const place = names.indexOf(name);
      const tables = await plain(name);
      const oldLabel = test.classNames.indexOf(old);
      const rows = Array.from({ length: tables.masked.images }, (_, i) => i).filter((i) => test.labels[i] !== oldLabel);
      const labels = rows.map((i) => (i < test.labels.length ? names.indexOf(test.classNames[test.labels[i]]) : place));
      const score = (table: ScoreTable, column: Float64Array) =>
        scoreOf(takeRows(replaceColumn(table, old, column, name), rows), labels, names);
      let updated: TaskScore | null = null;
      if (update) {
        const [module] = modulesOf(foreign.network, [name]);
        const partners = partnerImages(module, recipient.images.train, remaining);
        const adapted = addPartnerNodes(module, await open.other.active(partners, pass));
        const column = columnOf(await both(name, (set) => open.other.margins([adapted], set, pass)), name);
        updated = score(await ownUpdated(name), column);
      }
      return {
        data: recipient.images.name,
        recipient: recipient.network.name,
        replaced: old,
        foreign: { data: foreign.images.name, network: foreign.network.name, className: name },
        place,
        scratch: scratch && (await fromScratch(names, old, name, stateFile)),
        unmasked: score(tables.unmasked, tables.foreignUnmasked),
        modules: score(tables.masked, tables.foreign),
        updated,
      };
    });
  } finally {
    open.own.dispose();
    open.other.dispose();
  }

  async function fromScratch(
    names: readonly string[],
    old: string,
    name: string,
    stateFile: string | undefined,
  ): Promise<ScratchResult> {
    const [train, tests] = (['train', 'test'] as const).map((split) =>
      mixture(recipient.images[split], foreign.images[split], names, old, name, resize),
    );
    const task = `train ${scratch!.network} with ${name} for ${old}`;
    return scratchBaseline(train, tests, scratch!, { seed, onProgress, signal, checkpoint: stateFile, task });
  }
}

/** The recipient's images without the old class, and those of the foreign class, as the recipient's are. */
function mixture(
  recipient: ImageSet,
  foreign: ImageSet,
  names: readonly string[],
  old: string,
  name: string,
  resize?: boolean,
): ImageSet {
  const remaining = keepClasses(recipient, recipient.classNames.filter((other) => other !== old)); // prettier-ignore
  const own = withClassNames(remaining, names, (label) => names.indexOf(recipient.classNames[label]));
  const other = withClassNames(keepClasses(foreign, [name], { relabel: true }), names, () => names.indexOf(name));
  return concatSets(own, adaptImages(other, recipient, { resize }));
}

/** Runs each name's work once. */
function remembered<T>(work: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (name) => {
    const value = known.get(name) ?? work(name);
    known.set(name, value);
    return value;
  };
}
