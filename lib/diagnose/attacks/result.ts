import type { ImageSet } from '../../datasets/dataset.js';
import { succeeds } from './attack-task.js';
import type { AttackSettings } from './options.js';

/** Sizes of perturbations, in pixel values 0–1. */
export interface Distances {
  readonly mean: number;
  readonly median: number;
  readonly max: number;
}

/** What became of the images. */
export interface AttackOutcome {
  /** Share of all images that the model is still right about, 0–1. */
  readonly accuracy: number;
  /** Images that the attack has succeeded on. */
  readonly succeeded: number;
  /** Of the attacked images; null when there was none. */
  readonly successRate: number | null;
  /** Of the successful perturbations; null when there is none. */
  readonly linf: Distances | null;
  readonly l2: Distances | null;
}

/** An attack on all images of a set. Plain data; classes are numbers. */
export interface AttackResult {
  readonly kind: 'attackResult';
  readonly settings: AttackSettings;
  readonly seed: number;
  /** Name of the class that images shall be taken for; null: any wrong one. */
  readonly target: string | null;
  /** The images afterwards, rounded to bytes, as a picture file would hold them; labels are the true classes. */
  readonly images: ImageSet;
  /** The same before rounding: pixel values 0–1, in the order of the set. */
  readonly pixels: Float32Array;
  /** 1 where an image was attacked: the model was right about it before, and it is not of the target class. The others are unchanged. */
  readonly attacked: Uint8Array;
  readonly predictedBefore: Int32Array;
  /** For `pixels`. */
  readonly predicted: Int32Array;
  /** For `images`. */
  readonly predictedRounded: Int32Array;
  /** Size of every perturbation of `pixels`. */
  readonly linf: Float32Array;
  readonly l2: Float32Array;
  /** Of `pixels`. */
  readonly outcome: AttackOutcome;
  /** Of `images`: rounding undoes some of the smallest perturbations. */
  readonly roundedOutcome: AttackOutcome;
  /** Share of all images that the model was right about before, 0–1. */
  readonly cleanAccuracy: number;
  /** What it took: images that went through the model, without and with a gradient. */
  readonly passes: { readonly forwards: number; readonly gradients: number };
}

/**
 * Counts the successes among the attacked images.
 * @param budget a larger perturbation is no success; null: none is too large
 * @param norm how `budget` measures
 */
export function attackOutcome(
  run: {
    readonly labels: Int32Array;
    readonly attacked: Uint8Array;
    readonly predicted: Int32Array;
    readonly linf: Float32Array;
    readonly l2: Float32Array;
  },
  target: number | null,
  budget: number | null,
  norm: 'linf' | 'l2',
): AttackOutcome {
  const { labels, attacked, predicted } = run;
  // Distances are float32: a budget of 0.1 must not exclude a distance of 0.1.
  const near = (i: number) => budget === null || run[norm][i] <= Math.fround(budget);
  const all = Array.from(labels.keys());
  const chosen = all.filter((i) => attacked[i] === 1);
  const successes = chosen.filter((i) => succeeds(predicted[i], labels[i], target) && near(i));
  const wrong = all.filter((i) => predicted[i] !== labels[i] && (attacked[i] === 0 || near(i))).length;
  return {
    accuracy: 1 - wrong / labels.length,
    succeeded: successes.length,
    successRate: chosen.length === 0 ? null : successes.length / chosen.length,
    linf: distances(successes.map((i) => run.linf[i])),
    l2: distances(successes.map((i) => run.l2[i])),
  };
}

function distances(values: readonly number[]): Distances | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2,
    max: sorted[sorted.length - 1],
  };
}
