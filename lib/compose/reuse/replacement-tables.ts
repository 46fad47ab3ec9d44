import type { ImageSet } from '../../datasets/dataset.js';
import { keepClasses } from '../../datasets/subset.js';
import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';
import { moduleClass, type NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { addPartnerNodes, inactiveNodes } from './continual-update.js';
import { type Effort, sumEfforts, withEffort } from './effort.js';
import { modulesOf } from './modular-network.js';
import type { OpenNetwork, PassOptions } from './open-network.js';
import { partnerImages } from './partner-images.js';
import type { ReuseImages } from './reuse-options.js';
import { columnOf, type ScoreTable, stack } from './score-table.js';

/** Scores of the recipient's test images, then of the foreign class's. */
export interface ReplacementScores {
  /** Of all classes of the recipient. */
  readonly own: ScoreTable;
  /** Of the foreign class. */
  readonly foreign: Float64Array;
}

/** Scores that several replacements share, made when they are asked for and once. */
export interface ReplacementTables {
  /** @param name the foreign class */
  plain(name: string): Promise<{ masked: ReplacementScores; unmasked: ReplacementScores; effort: Effort }>;
  /**
   * After a continual update: the recipient's modules with images of the foreign class, its module with images of the remaining
   * classes (spec decompose §3.4).
   * @param old the class whose place is taken
   */
  updated(
    old: string,
    name: string,
  ): Promise<{
    scores: ReplacementScores;
    effort: { update: Effort; predict: Effort };
    /** Of the modules that the new problem uses. */
    inactiveChange: number;
  }>;
}

export function replacementTables(
  recipient: OpenNetwork,
  foreign: OpenNetwork,
  recipientImages: ReuseImages,
  foreignImages: ReuseImages,
  pass: PassOptions,
): ReplacementTables {
  const { classNames } = recipient.network;
  const own = modulesOf(recipient.network, classNames);
  const foreignModule = (name: string) => modulesOf(foreign.network, [name])[0];
  const both = async (name: string, run: (set: ImageSet) => Promise<ScoreTable>) =>
    stack(await run(recipientImages.test), await run(keepClasses(foreignImages.test, [name], { relabel: true })));
  const marginsOf = (open: OpenNetwork, modules: readonly NodeModuleParts[], name: string) =>
    both(name, (set) => open.margins(modules, set, pass));

  const ownUpdated = remembered(async (name) => {
    const update = await withEffort(async () => {
      const seen = new Map<number, ActiveNodes>();
      const updated: NodeModuleParts[] = [];
      for (const module of own) {
        const { nPos } = module.provenance;
        if (!seen.has(nPos)) {
          seen.set(nPos, await recipient.active(partnerImages(module, foreignImages.train, [name]), pass));
        }
        updated.push(addPartnerNodes(module, seen.get(nPos)!));
      }
      return updated;
    });
    const table = await withEffort(() => marginsOf(recipient, update.result, name));
    return { modules: update.result, table: table.result, effort: { update: update.effort, predict: table.effort } };
  });

  return {
    plain: remembered(async (name) => {
      const masked = await withEffort(async () => ({
        own: await marginsOf(recipient, own, name),
        foreign: columnOf(await marginsOf(foreign, [foreignModule(name)], name), name),
      }));
      return {
        masked: masked.result,
        effort: masked.effort,
        unmasked: {
          own: await both(name, (set) => recipient.unmasked(set, pass)),
          foreign: columnOf(await both(name, (set) => foreign.unmasked(set, pass)), name),
        },
      };
    }),
    async updated(old, name) {
      const side = await ownUpdated(name);
      const module = foreignModule(name);
      const remaining = classNames.filter((other) => other !== old);
      const update = await withEffort(async () => {
        const partners = partnerImages(module, recipientImages.train, remaining);
        return addPartnerNodes(module, await foreign.active(partners, pass));
      });
      const column = await withEffort(() => marginsOf(foreign, [update.result], name));
      const inactive = (modules: readonly NodeModuleParts[]) =>
        modules.reduce((sum, m) => sum + (moduleClass(m) === old ? 0 : inactiveNodes(m)), 0);
      return {
        scores: { own: side.table, foreign: columnOf(column.result, name) },
        effort: {
          update: sumEfforts([side.effort.update, update.effort]),
          predict: sumEfforts([side.effort.predict, column.effort]),
        },
        inactiveChange: inactive([...side.modules, update.result]) - inactive([...own, module]),
      };
    },
  };
}

/** Does each name's work once. */
function remembered<T>(work: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (name) => {
    const value = known.get(name) ?? work(name);
    known.set(name, value);
    return value;
  };
}
