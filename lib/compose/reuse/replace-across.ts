import { ensureBackend } from '../../backend/ensure-backend.js';
import { adaptImages } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { concatSets, keepClasses, withClassNames } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import type { TaskScore } from '../../metrics/task-score.js';
import { experimentRows } from '../../run/experiment-rows.js';
import type { OnProgress } from '../../run/progress.js';
import { type Effort, partOf } from './effort.js';
import { openNetwork } from './open-network.js';
import { type ReplacementScores, replacementTables } from './replacement-tables.js';
import type { ReuseSide, UpdatedModules } from './reuse-across.js';
import { chooseClasses, experimentFingerprint, type ReuseOptions, scratchIdentity } from './reuse-options.js';
import { replaceColumn, scoreOf, takeRows } from './score-table.js';
import { scratchBaseline, type ScratchResult } from './scratch-baseline.js';

/** What {@link replaceAcross} can be told. */
export interface ReplaceAcrossOptions extends ReuseOptions {
  /** Also with all modules updated for the classes that are new to their network. Default true. */
  update?: boolean;
}

/** A class of one data set in the place of a class of another. Plain data; all on the same test images. */
export interface ReplaceAcrossRow {
  readonly kind: 'replaceAcrossRow';
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
  readonly updated: UpdatedModules | null;
  /** What the modules took for the test images. */
  readonly effort: Effort;
}

/**
 * Replaces a class by a foreign one: a new problem of the recipient's other classes and the foreign class, solved by their modules side by
 * side, against a model trained from scratch on the mixture (spec decompose §3.6, T5). The foreign class may have far fewer images than
 * the others: mind its recall and the balanced scores. The images of both data sets go through both networks, each in its own
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
  await ensureBackend();
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
  const scratchAs = scratchIdentity(scratch, classNames.length, seed, recipient.images.train);
  const plan = {
    task: `replace classes of ${recipient.images.name} by ${foreign.images.name}`,
    unit: 'replacements',
    keys: cells.map(({ old, name }) => `${old}\t${name}`),
    fingerprint: experimentFingerprint('replace across', [recipient.network, foreign.network], [recipient.images, foreign.images], { replaced, taken, update, scratch: scratchAs, seed, resize }), // prettier-ignore
    ...{ checkpoint, onProgress, signal },
  };
  const open = { own: openNetwork(recipient.network), other: openNetwork(foreign.network) };
  const tables = replacementTables(open.own, open.other, recipient.images, foreign.images, { signal, resize });
  const { test } = recipient.images;
  try {
    return await experimentRows<ReplaceAcrossRow>(plan, async (index, stateFile, inner) => {
      const { old, name } = cells[index];
      const names = classNames.map((other) => (other === old ? name : other));
      const place = names.indexOf(name);
      const plain = await tables.plain(name);
      const oldLabel = test.classNames.indexOf(old);
      const all = plain.masked.own.images;
      const rows = Array.from({ length: all }, (_, i) => i).filter((i) => test.labels[i] !== oldLabel);
      const labels = rows.map((i) => (i < test.labels.length ? names.indexOf(test.classNames[test.labels[i]]) : place));
      const score = ({ own, foreign: column }: ReplacementScores) =>
        scoreOf(takeRows(replaceColumn(own, old, column, name), rows), labels, names);
      const share = rows.length / all;
      let updated: UpdatedModules | null = null;
      if (update) {
        const { scores, effort, inactiveChange } = await tables.updated(old, name);
        const predict = partOf(effort.predict, share);
        updated = { reading: 'add', score: score(scores), inactiveChange, effort: { ...effort, predict } };
      }
      return {
        kind: 'replaceAcrossRow',
        data: recipient.images.name,
        recipient: recipient.network.name,
        replaced: old,
        foreign: { data: foreign.images.name, network: foreign.network.name, className: name },
        place,
        scratch: scratch && (await fromScratch(names, old, name, stateFile, inner)),
        unmasked: score(plain.unmasked),
        modules: score(plain.masked),
        updated,
        effort: partOf(plain.effort, share),
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
    inner: OnProgress | undefined,
  ): Promise<ScratchResult> {
    const [train, tests] = (['train', 'test'] as const).map((split) =>
      mixture(recipient.images[split], foreign.images[split], names, old, name, resize),
    );
    const task = `train ${scratch!.network} with ${name} for ${old}`;
    return scratchBaseline(train, tests, scratch!, { seed, onProgress: inner, signal, checkpoint: stateFile, task });
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
