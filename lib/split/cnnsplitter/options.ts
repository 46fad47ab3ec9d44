import type { Precision } from '../../backend/inference-plan.js';
import type { ImageSet } from '../../datasets/dataset.js';
import type { RunOptions } from '../../run/options.js';
import type { Workers } from '../../run/worker-pool.js';
import type { FitTo } from '../../surgery/modules/finish-modules.js';
import type { CnnSplitterPreset } from './presets.js';

/** One station of the race: who is not among the best `keep` of the children after `images` of the images drops out. */
export interface RaceStation {
  /** Share of the search's images seen so far, 0–1; growing from station to station. */
  readonly images: number;
  /** Share of a class's children still in the race that stay in it, 0–1. */
  readonly keep: number;
}

/**
 * Everything CNNSplitter's search can be told (spec cnnsplitter §2.7).
 *
 * What is peculiar about the authors' code (spec cnnsplitter §6.1) and what became of it here:
 *
 * | peculiarity | here |
 * |---|---|
 * | 1 importance is measured partly on the strong model's training images | fixed: the images given to `split`; the option `importanceImages` takes others, e.g. the leaky ones |
 * | 2 the search is judged on the images it optimises on | kept, and said in the result's doc; report on test images |
 * | 3 all classes start from the same bits and cross over at the same points | `seeds: 'shared'`, else 'per-class' |
 * | 3 mutation draws from an unseeded generator | fixed: every draw comes from `seed` |
 * | 4 elites are evaluated again in every generation | `cache: false`; with `cache: true` the result is the same |
 * | 5 the weight of accuracy exceeds 1 − (1 − alpha), fitness compares within a generation only | kept; `gamma: 0` turns it off |
 * | 6 candidates outside the surviving combinations tie at fitness 0, and the newest go first | `losers: 'newest'`, else 'screened' |
 * | 7 a published winner has row 110 in a population of 100 | the published sizes; every one can be overridden |
 * | 10 the 'random' importance is the kernels' own order | `importance: 'identity'`, called what it is |
 * | a class without a confident image crashes the reference (§2.1) | fixed: its ten most confident images count |
 *
 * What this search does that the published one does not, in every preset but `paper/…`: kernels are ordered by gradients
 * (`importance: 'gradient'`) and the first modules cut by one budget over all layers (`initialisation: 'budget'`), which
 * decides most of the result; the first generation can win; the modules are repaired after cutting (`finish`). In every
 * preset, a part of the images is held out to report on, which takes a tenth of the published search's.
 *
 * Numbers 8, 9, 11 and 12 are not about the search.
 */
export interface CnnSplitterSettings {
  /**
   * Generations after the first. 0 searches not at all: the modules are what the budget keeps (`initialisation: 'budget'`
   * only), in seconds.
   */
  generations: number;
  /** Candidates per class. */
  population: number;
  parents: number;
  elites: number;
  /** Share of genes that a child's mutation picks. */
  mutation: number;
  /** Weight of accuracy in the fitness; 1 − alpha is that of the modules' difference. */
  alpha: number;
  /** While the best combination's accuracy is below gamma, accuracy weighs more by the shortfall. */
  gamma: number;
  /** Accuracy from which a combination survives, per tournament round (sub-tasks of 2, 4, 8, … classes). */
  keepAccuracy: readonly number[];
  keepAtLeast: number;
  keepAtMost: number;
  /**
   * Which combinations go on to the next round. 'accuracy': the most accurate, as published. Ablations: 'random' draws
   * `keepAtMost` of them, which is as much work; 'none' keeps all, up to a million (few candidates and classes only).
   */
  pruning: 'accuracy' | 'random' | 'none';
  /** Bits of a layer: one per group of kernels as published, or (ablation) one per kernel. */
  grouping: 'groups' | 'kernels';
  /**
   * First individuals. 'sensitivity': by sensitivity and importance, as published. 'budget': the kernels of most importance
   * for their price, over all layers together, as `keep`, `floor`, `beta` and `difference` say; the first individual
   * exactly these, the others with noise. 'random' (ablation): every bit a fair coin.
   */
  initialisation: 'sensitivity' | 'budget' | 'random';
  /** By 'budget': kernels that a module keeps / kernels of the network, 0–1; at most, unless `floor` keeps more. */
  keep: number;
  /** By 'budget': the share of every layer's kernels that stays whatever their importance, 0–1. */
  floor: number;
  /** By 'budget': weight of multiply-adds in a kernel's price. With more of it modules of as many kernels get cheaper to run, and worse. */
  beta: number;
  /**
   * By 'budget': how much kernels are preferred that other classes use less. With more of it the modules have less in
   * common (a higher `diff`), and lose more. See `preferOwnKernels`.
   */
  difference: number;
  /**
   * What orders a class's kernels: how much its logit depends on them ('gradient', see `gradientImportance`); the map after
   * the activation, as published for SimCNN; the map after the pooling that follows, where one does, as published for
   * ResCNN; or (ablations) a random draw, or nothing: the kernels' own order.
   */
  importance: 'gradient' | 'activation' | 'pooled' | 'random' | 'identity';
  /** By 'gradient': how much an image counts, see `gradientImportance`. */
  weighting: 'even' | 'uncertain';
  /** An image counts for kernel importance when the strong model gives its class at least this probability. */
  minConfidence: number;
  /**
   * Layers that lose much accuracy when cut (chosen by hand in the paper from sensitivity curves). 'auto' measures the
   * curves on the search's images and takes what `layerSensitivity` calls sensitive; null takes the first half of the
   * layers, which is what the published SimCNN list is.
   */
  sensitiveLayers: readonly string[] | 'auto' | null;
  /** Shares of kernel groups that first individuals keep in sensitive layers, and in the others. */
  sensitiveRatios: readonly number[];
  otherRatios: readonly number[];
  /** Whether all classes start from the same bits and cross over at the same points, as in the reference. */
  seeds: 'per-class' | 'shared';
  /**
   * Order of candidates that are in no surviving combination, when parents are chosen: the newest first, as in the
   * reference, or by their score among the last best combination's other modules.
   */
  losers: 'newest' | 'screened';
  /** Whether elites and duplicates keep their logits. Changes no result. */
  cache: boolean;
  /**
   * Children are run on growing parts of the images, and those that do badly drop out: they take no part in the
   * tournament and rank last. A child is judged among the other modules of the last generation's best combination, by
   * the same weighted accuracy and difference. Null runs every child on all images, as the reference does. Elites do not
   * race. A race pays by time, not by generation: what it saves is worth spending on a larger population. Where fewer than a
   * handful of children per class reach its end, the search stops getting better.
   */
  racing: readonly RaceStation[] | null;
  /**
   * Whether the first generation races, too: among the modules that the budgets keep, or, where the first individuals are
   * made another way, among the whole network in place of the other classes' modules.
   */
  raceFirst: boolean;
  /** Ends after so many generations without a better score; null never (the reference's flag takes 20). */
  earlyStop: number | null;
  /** Whether the first generation can win. In the paper it cannot (spec cnnsplitter §2.9). */
  firstMayWin: boolean;
  /** The search looks at so many images of each class, drawn by the seed; null for all that are left, as in the paper. */
  imagesPerClass: number | null;
  /**
   * So many images of each class, at most a fifth of them, are held out: the result's accuracy on them is for reporting. None
   * are where `heldOutImages` are given.
   */
  heldOutPerClass: number;
  /** Whether the modules are repaired after cutting, which is not published: see `finishModules`. */
  finish: boolean;
  /** What the modules' logits are fitted to when they are repaired: see `AfterSteps`. */
  fitTo: FitTo;
  /** So many images of each class, at most a third of those not held out, are for that alone. */
  finishPerClass: number;
  /**
   * What the search's candidates multiply. With 'bf16' they are ranked by scores of 8 bits of precision; modules are repaired and reported on
   * in float32. Whether it is faster depends on the processor, see `CompileOptions`.
   */
  precision: Precision;
  /** Images per forward pass at most. */
  batchSize: number;
}

/** What CNNSplitter can be told: a preset, settings that override it, and how to run. */
export interface CnnSplitterOptions extends RunOptions, Partial<CnnSplitterSettings> {
  /** Default 'laptop'. Options given beside it override it. */
  preset?: CnnSplitterPreset;
  /** Images for kernel importance. Default: those of the search. The strong model must not have been trained on them. */
  importanceImages?: ImageSet;
  /** Images to report on, e.g. the test images. Default: some of the given ones are held out, see `heldOutPerClass`. */
  heldOutImages?: ImageSet;
  /** Images that the modules are repaired on after cutting. Default: some of the given ones, see `finishPerClass`. */
  finishImages?: ImageSet;
  /**
   * Threads that candidates are spread over; 'auto' (the default) takes one per core where the backend computes on one
   * thread, 0 computes in the calling thread. The result is the same with any number.
   */
  workers?: Workers;
  /**
   * File that the search is written to after every generation. When it exists, the search goes on from it and ends with
   * the same modules as an uninterrupted one on the same backend.
   */
  checkpoint?: string;
}
