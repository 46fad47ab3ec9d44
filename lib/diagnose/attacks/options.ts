import { OptionError } from '../../errors.js';
import { checkOption, numberFrom, POSITIVE, wholeNumber } from '../../run/check-options.js';
import type { RunOptions } from '../../run/options.js';

/** How the size of a perturbation is measured: the largest change of a value, or the Euclidean length of all changes. */
export type Norm = 'linf' | 'l2';

/** A largest size of the perturbation of one image. */
export interface Budget {
  /** Pixel values go from 0 to 1, so 8 grey levels of a byte are 8/255. */
  readonly budget: number;
  /** Default 'linf'. */
  readonly norm?: Norm;
  /**
   * 'input': pixel values 0–1. 'normalised': the values that the model reads, (pixel − mean) / std, so that a budget allows
   * more in channels of large deviation; L∞ only. Default 'input'.
   */
  readonly units?: 'input' | 'normalised';
}

/** One step along the sign of the loss's gradient (L∞) or along the gradient (L2). */
export interface FgsmOptions extends Budget {
  readonly method: 'fgsm';
}

/** Several steps, each projected back into the budget. */
export interface PgdOptions extends Budget {
  readonly method: 'pgd';
  /** Default 10. */
  readonly steps?: number;
  /** In the unit of the budget. Default 2.5 · budget / steps. */
  readonly stepSize?: number;
  /** Whether to start at a random point within the budget. Default true. */
  readonly randomStart?: boolean;
  /** Runs from different starts; the worst result counts. Default 1. */
  readonly restarts?: number;
  /** Whether an image is left alone as soon as it succeeds, which is faster. Default false: all steps are taken. */
  readonly stopEarly?: boolean;
}

/** The smallest perturbation across the nearest boundary, were the model linear; repeated until it is crossed. */
export interface DeepFoolOptions {
  readonly method: 'deepfool';
  /** Default 'l2'. */
  readonly norm?: Norm;
  /** Default 50. */
  readonly steps?: number;
  /** How much further than to the boundary, as a share of the way. Default 0.02. */
  readonly overshoot?: number;
  /** How many of the other classes with the highest logits are tried. Default 9. */
  readonly candidates?: number;
  /** A perturbation larger than this (pixel values 0–1) is no success. Default: none is too large. */
  readonly budget?: number;
}

/** Carlini and Wagner's search for the shortest perturbation (L2) by gradient descent. */
export interface CarliniWagnerOptions {
  readonly method: 'cw';
  /** By how much the wrong class's logit must be above all others. Default 0. */
  readonly confidence?: number;
  /** Values of the trade-off c that are tried per image. Default 5. */
  readonly searches?: number;
  /** Steps of Adam per value of c. Default 100. */
  readonly steps?: number;
  /**
   * Of Adam, on the tanh variable, at the first step; it falls in a straight line to 0, since a constant one keeps every value
   * moving by as much and the way from getting shorter. Default 0.005.
   */
  readonly learningRate?: number;
  /** The first c. Default 1. */
  readonly initialC?: number;
  /** As for DeepFool. */
  readonly budget?: number;
}

/** No attack but a control: random noise of the same size. */
export interface NoiseOptions extends Budget {
  readonly method: 'noise';
  /**
   * 'uniform': every value within the budget alike (L∞); 'sign': every value moved by the whole budget, up or down, as FGSM
   * does (L∞); 'gaussian': a random direction, as long as the budget (L2). Default 'sign' for L∞, 'gaussian' for L2.
   */
  readonly distribution?: 'uniform' | 'sign' | 'gaussian';
}

/** An attack with its settings. */
export type AttackMethod = FgsmOptions | PgdOptions | DeepFoolOptions | CarliniWagnerOptions | NoiseOptions;

/** How an attack is run, whatever the method. */
export interface AttackRunOptions extends RunOptions {
  /**
   * The class, by name or number, that images shall be taken for. Default: any wrong one. Images of that class are left
   * alone. Not for DeepFool and noise.
   */
  target?: string | number;
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. Results do not depend on it but for the rounding of sums. */
  batchSize?: number;
  /**
   * A file that keeps the finished images: the same call with it goes on where it was stopped and gives the same result.
   */
  checkpoint?: string;
  task?: string;
}

/** What {@link attack} can be told: an attack with its settings, and how to run it. */
export type AttackOptions = AttackMethod & AttackRunOptions;

/** Every setting of a method, defaults filled in. */
export type AttackSettings =
  | Required<FgsmOptions>
  | Required<PgdOptions>
  | Required<NoiseOptions>
  | (Required<Omit<DeepFoolOptions, 'budget'>> & { readonly budget: number | null })
  | (Required<Omit<CarliniWagnerOptions, 'budget'>> & { readonly budget: number | null; readonly norm: 'l2' });

export type SettingsOf<Method extends AttackSettings['method']> = Extract<AttackSettings, { method: Method }>;

/**
 * Fills in the defaults and refuses what makes no sense.
 * @throws OptionError naming the option
 */
export function attackSettings(options: AttackMethod): AttackSettings {
  const { method } = options;
  switch (method) {
    case 'fgsm':
      return { method, ...checkBudget(options) };
    case 'pgd': {
      const budget = checkBudget(options);
      const { steps = 10, randomStart = true, restarts = 1, stopEarly = false } = options;
      checkOption('steps', steps, wholeNumber());
      checkOption('restarts', restarts, wholeNumber());
      const { stepSize = (2.5 * budget.budget) / steps } = options;
      checkOption('stepSize', stepSize, numberFrom(0));
      if (restarts > 1 && !randomStart) {
        throw new OptionError(`restarts: ${restarts} runs without a random start would all be the same.`);
      }
      return { method, ...budget, steps, stepSize, randomStart, restarts, stopEarly };
    }
    case 'deepfool': {
      const { steps = 50, overshoot = 0.02, candidates = 9, norm = 'l2', budget = null } = options;
      checkOption('steps', steps, wholeNumber());
      checkOption('candidates', candidates, wholeNumber());
      checkOption('overshoot', overshoot, numberFrom(0));
      requireNorm(norm);
      if (budget !== null) checkOption('budget', budget, numberFrom(0));
      return { method, norm, steps, overshoot, candidates, budget };
    }
    case 'cw': {
      const { confidence = 0, searches = 5, steps = 100, learningRate = 0.005, initialC = 1, budget = null } = options;
      checkOption('searches', searches, wholeNumber());
      checkOption('steps', steps, wholeNumber());
      checkOption('confidence', confidence, numberFrom(0));
      checkOption('learningRate', learningRate, POSITIVE);
      checkOption('initialC', initialC, POSITIVE);
      if (budget !== null) checkOption('budget', budget, numberFrom(0));
      return { method, norm: 'l2', confidence, searches, steps, learningRate, initialC, budget };
    }
    case 'noise': {
      const budget = checkBudget(options);
      const { distribution = budget.norm === 'l2' ? 'gaussian' : 'sign' } = options;
      if (!['uniform', 'sign', 'gaussian'].includes(distribution)) {
        throw new OptionError(`distribution: expected 'uniform', 'sign' or 'gaussian', got '${String(distribution)}'.`);
      }
      if ((distribution === 'gaussian') !== (budget.norm === 'l2')) {
        throw new OptionError(
          `distribution: '${distribution}' noise has no ${budget.norm} size; L∞ takes 'uniform' or 'sign', L2 'gaussian'.`,
        );
      }
      return { method, ...budget, distribution };
    }
    default:
      throw new OptionError(`method: expected 'fgsm', 'pgd', 'deepfool', 'cw' or 'noise', got '${String(method)}'.`);
  }
}

function checkBudget({ budget, norm = 'linf', units = 'input' }: Budget): Required<Budget> {
  checkOption('budget', budget, numberFrom(0));
  requireNorm(norm);
  if (units !== 'input' && units !== 'normalised') {
    throw new OptionError(`units: expected 'input' or 'normalised', got '${String(units)}'.`);
  }
  if (units === 'normalised' && norm === 'l2') {
    throw new OptionError("units: an L2 budget is in input units; 'normalised' goes with L∞ only.");
  }
  const most = units === 'input' && norm === 'linf' ? 1 : Infinity;
  if (budget > most) {
    throw new OptionError(
      `budget: expected 0 to 1, since pixel values go from 0 to 1, got ${budget}. For grey levels divide by 255.`,
    );
  }
  return { budget, norm, units };
}

function requireNorm(norm: string): void {
  if (norm !== 'linf' && norm !== 'l2') throw new OptionError(`norm: expected 'linf' or 'l2', got '${norm}'.`);
}
