import { ensureBackend } from '../../backend/ensure-backend.js';
import type { AdaptOptions } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { TaskScore } from '../../metrics/task-score.js';
import type { RunOptions } from '../../run/options.js';
import { type ModularNetwork, modulesOf } from './modular-network.js';
import { openNetwork } from './open-network.js';
import { columnOf, replaceColumn, scoreOf, type ScoreTable } from './score-table.js';

/** What {@link replaceWithin} can be told. */
export interface ReplaceWithinOptions extends Omit<RunOptions, 'seed'>, AdaptOptions {
  /** Classes whose module is replaced, one after the other. Default: all. */
  classes?: readonly string[];
}

/** What replacing one module after the other does to a composed model. Plain data; all on the same test images. */
export interface ReplaceWithin {
  readonly kind: 'replaceWithin';
  readonly data: string;
  readonly recipient: string;
  readonly donor: string;
  /** The recipient as it is, and its modules composed. */
  readonly model: TaskScore;
  readonly composed: TaskScore;
  readonly donorModel: TaskScore;
  readonly donorComposed: TaskScore;
  readonly rows: readonly ReplaceWithinRow[];
}

/** One module replaced by that of another network for the same class. Plain data. */
export interface ReplaceWithinRow {
  /** Class whose module is the donor's. */
  readonly className: string;
  readonly replaced: TaskScore;
  /** As `replaced`, with no node removed in any module. */
  readonly unmasked: TaskScore;
}

/**
 * Replaces the modules of a weaker network by those of a stronger one, one at a time, and evaluates the whole problem each
 * time (spec decompose §3.5, T4). The two networks may differ in everything but their classes; nothing makes their margins comparable.
 * @throws OptionError when their classes differ or a module is missing; DataError for images that a network cannot take;
 *   InterruptedError on `signal`
 */
export async function replaceWithin(
  recipient: ModularNetwork,
  donor: ModularNetwork,
  images: { readonly name: string; readonly test: ImageSet },
  options: ReplaceWithinOptions = {},
): Promise<ReplaceWithin> {
  await ensureBackend();
  const { classNames } = recipient;
  const { classes = classNames, onProgress, signal, resize } = options;
  for (const [what, names] of [
    [donor.name, donor.classNames],
    ['the test images', images.test.classNames],
  ] as const) {
    if (names.length !== classNames.length || classNames.some((name) => !names.includes(name))) {
      throw new OptionError(
        `replaceWithin: expected the classes of ${recipient.name} (${classNames.slice(0, 12).join(', ')}) everywhere, ` +
          `${what}: ${names.slice(0, 12).join(', ')}.`,
      );
    }
  }
  const { labels } = images.test;
  const order = images.test.classNames;
  const score = (table: ScoreTable) => scoreOf(table, labels, order);
  const tablesOf = async (network: ModularNetwork) => {
    const open = openNetwork(network);
    try {
      const pass = { onProgress, signal, resize };
      const unmasked = await open.unmasked(images.test, { ...pass, task: `${network.name}, no node removed` });
      const modules = modulesOf(network, classNames);
      const masked = await open.margins(modules, images.test, { ...pass, task: `modules of ${network.name}` });
      return { unmasked, masked };
    } finally {
      open.dispose();
    }
  };
  const own = await tablesOf(recipient);
  const other = await tablesOf(donor);
  return {
    kind: 'replaceWithin',
    data: images.name,
    recipient: recipient.name,
    donor: donor.name,
    model: score(own.unmasked),
    composed: score(own.masked),
    donorModel: score(other.unmasked),
    donorComposed: score(other.masked),
    rows: classes.map((className) => ({
      className,
      replaced: score(replaceColumn(own.masked, className, columnOf(other.masked, className))),
      unmasked: score(replaceColumn(own.unmasked, className, columnOf(other.unmasked, className))),
    })),
  };
}
