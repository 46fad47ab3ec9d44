import { OptionError } from '../errors.js';

/**
 * A calibration learned on held-out images: softmax over `temperature · z_c` of the weak model's other classes and
 * `module · u + own · z_t + offset` of the target class, with z the weak model's logits and u = (m − mean) / std the
 * standardised module logit.
 */
export interface LearnedCalibration {
  readonly rule: 'learned';
  /** Factor on the weak model's logits of the other classes. */
  readonly temperature: number;
  /** Weight of the standardised module logit. */
  readonly module: number;
  /** Weight of the weak model's own logit of the target class. */
  readonly own: number;
  readonly offset: number;
  readonly mean: number;
  readonly std: number;
}

/** Scores of a set of images, and their labels. */
export interface CalibrationScores {
  /** [images · classes] row by row: the weak model's logits. */
  readonly weakLogits: Float32Array;
  /** One per image. */
  readonly moduleLogits: Float32Array;
  /** Class of every image among the weak model's classes. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** Column of the target class. */
  readonly target: number;
}

/** Weight of the squared distance from the unpatched weak model; keeps the solution finite where classes part cleanly. */
const RIDGE = 1e-3;
/** Temperature, module, own, offset of the unpatched weak model. */
const UNPATCHED = [1, 0, 1, 0];

/**
 * Fits the four parameters by Newton's method to the least balanced log-loss: every class weighs alike, however many
 * images it has. The loss is convex, so that the solution does not depend on where the search starts, and nothing is
 * drawn at random. A ridge draws towards the unpatched weak model: a module that tells nothing is ignored.
 *
 * Not in the papers. Third parties found that the published rule often lowers recall (spec cnnsplitter §6.4).
 * @throws OptionError when the target class or all others have no image
 */
export function learnCalibration(scores: CalibrationScores): LearnedCalibration {
  const { moduleLogits, labels, classes, target } = scores;
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  const present = counts.filter((n) => n > 0).length;
  if (counts[target] === 0 || present < 2) {
    throw new OptionError(
      `calibration 'learned': expected images of the target class and of others, got ${counts[target]} and ` +
        `${labels.length - counts[target]}.`,
    );
  }
  const { mean, std } = standardisation(moduleLogits);
  const weights = Float64Array.from(labels, (label) => 1 / (present * counts[label]));
  const problem = { ...scores, u: Float64Array.from(moduleLogits, (m) => (m - mean) / std), weights };

  let theta = UNPATCHED;
  let here = balancedLogLoss(problem, theta);
  for (let step = 0; step < 100; step++) {
    const direction = solve(here.hessian, here.gradient);
    const decrement = dot(direction, here.gradient);
    if (!(decrement > 1e-10)) break;
    let size = 1;
    let next = theta;
    let there = here;
    do {
      next = theta.map((value, k) => value - size * direction[k]);
      there = balancedLogLoss(problem, next);
      size /= 2;
    } while (!(there.loss <= here.loss - 1e-4 * size * decrement) && size > 1e-9);
    if (!(there.loss < here.loss)) break;
    theta = next;
    here = there;
  }
  const [temperature, module, own, offset] = theta;
  return { rule: 'learned', temperature, module, own, offset, mean, std };
}

interface Problem extends CalibrationScores {
  readonly u: Float64Array;
  readonly weights: Float64Array;
}

/** Balanced log-loss with its ridge at θ = (temperature, module, own, offset), its gradient and its Hessian. */
function balancedLogLoss(problem: Problem, theta: readonly number[]) {
  const { weakLogits, labels, classes, target, u, weights } = problem;
  let loss = 0;
  const gradient = theta.map((value, k) => 2 * RIDGE * (value - UNPATCHED[k]));
  theta.forEach((value, k) => (loss += RIDGE * (value - UNPATCHED[k]) ** 2));
  const hessian = theta.map((_, k) => theta.map((__, l) => (k === l ? 2 * RIDGE : 0)));
  const p = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const z = weakLogits.subarray(i * classes, (i + 1) * classes);
    const own = [0, u[i], z[target], 1];
    let top = -Infinity;
    for (let c = 0; c < classes; c++) {
      p[c] = c === target ? dot(theta, own) : theta[0] * z[c];
      top = Math.max(top, p[c]);
    }
    const ownScore = p[labels[i]];
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += p[c] = Math.exp(p[c] - top);
    loss += weights[i] * (top + Math.log(sum) - ownScore);
    // feature vectors are (z_c, 0, 0, 0) for the others and (0, u, z_t, 1) for the target class
    let expected = 0;
    let squared = 0;
    for (let c = 0; c < classes; c++) {
      p[c] /= sum;
      if (c === target) continue;
      expected += p[c] * z[c];
      squared += p[c] * z[c] * z[c];
    }
    const mean = own.map((value, k) => (k === 0 ? expected : p[target] * value));
    const label = labels[i] === target ? own : [z[labels[i]], 0, 0, 0];
    for (let k = 0; k < 4; k++) {
      gradient[k] += weights[i] * (mean[k] - label[k]);
      for (let l = 0; l < 4; l++) {
        const second = k === 0 && l === 0 ? squared : p[target] * own[k] * own[l];
        hessian[k][l] += weights[i] * (second - mean[k] * mean[l]);
      }
    }
  }
  return { loss, gradient, hessian };
}

function standardisation(values: Float32Array): { mean: number; std: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / values.length) || 1 };
}

/** Solves a small symmetric positive definite system by Gaussian elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, k) => [...row, right[k]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    for (let r = k + 1; r < n; r++) {
      const factor = rows[r][k] / rows[k][k];
      for (let c = k; c <= n; c++) rows[r][c] -= factor * rows[k][c];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let rest = rows[k][n];
    for (let c = k + 1; c < n; c++) rest -= rows[k][c] * x[c];
    x[k] = rest / rows[k][k];
  }
  return x;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
