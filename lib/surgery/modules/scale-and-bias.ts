import { solveSymmetric } from './solve-symmetric.js';

/** One scale and one bias per class. Plain data. */
export interface ScaleAndBias {
  /** Factors, 1 on average. */
  readonly scale: readonly number[];
  /** Added after scaling, 0 on average, in units of the scores. */
  readonly bias: readonly number[];
}

/**
 * How far scales and biases are expected to be from each other: standard deviations of a normal prior, of the scale relative
 * to the common one, of the bias in logits at the common scale.
 */
const PRIOR = { scale: 0.2, bias: 1 } as const;
const ITERATIONS = 30;
/** Largest change of a parameter after which Newton's method has converged. */
const CONVERGED = 1e-6;

/**
 * Scale and bias per class that make the softmax over scale · score + bias fit the labels best, with a light prior that
 * holds the classes together; the scale that all have in common is free and taken out of the result, as no argmax
 * depends on it. Newton's method; the loss is convex. (Vector scaling: Guo et al., On Calibration of Modern Neural Networks, 2017.)
 * @param given [images · classes], logits
 * @param labels class index of every image
 */
export function fitScaleAndBias(given: Float32Array, labels: Int32Array, classes: number): ScaleAndBias {
  const size = 2 * classes;
  const common = commonScale(given, labels, classes);
  // Scores that say nothing of the labels, or the contrary, have no scale to speak of.
  if (common < MIN_SCALE) return { scale: Array<number>(classes).fill(1), bias: Array<number>(classes).fill(0) };
  const scores = given.map((score) => common * score);
  const weight = (deviation: number) => 1 / (labels.length * deviation * deviation);
  let point = Float64Array.from({ length: size }, (_, i) => (i < classes ? 1 : 0));
  let loss = regularisedLoss(point, scores, labels, classes, weight);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const { gradient, hessian } = derivatives(point, scores, labels, classes, weight);
    const step = solveSymmetric(hessian, gradient);
    let length = 1;
    for (; length > 1e-4; length /= 2) {
      const next = point.map((value, i) => value - length * step[i]);
      const nextLoss = regularisedLoss(next, scores, labels, classes, weight);
      if (nextLoss > loss) continue;
      point = next;
      loss = nextLoss;
      break;
    }
    if (length <= 1e-4 || step.every((change) => Math.abs(change) < CONVERGED)) break;
  }
  const meanScale = mean(point.subarray(0, classes));
  const meanBias = mean(point.subarray(classes));
  return {
    scale: Array.from(point.subarray(0, classes), (value) => Math.max(MIN_SCALE, value / meanScale)),
    bias: Array.from(point.subarray(classes), (value) => (value - meanBias) / (meanScale * common)),
  };
}

const MIN_SCALE = 0.01;

/** The one scale of all classes that fits the labels best; not below 0. Newton's method. */
function commonScale(scores: Float32Array, labels: Int32Array, classes: number): number {
  let scale = 1;
  const p = new Float64Array(classes);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let gradient = 0;
    let curvature = 0;
    const point = Float64Array.from({ length: 2 * classes }, (_, i) => (i < classes ? scale : 0));
    for (let image = 0; image < labels.length; image++) {
      const from = image * classes;
      logProbabilities(p, point, scores, from, classes);
      let [first, second] = [0, 0];
      for (let c = 0; c < classes; c++) {
        const share = Math.exp(p[c]) * scores[from + c];
        first += share;
        second += share * scores[from + c];
      }
      gradient += first - scores[from + labels[image]];
      curvature += second - first * first;
    }
    // At most halved or doubled in a step: far from the best scale the curvature is no guide.
    const next = Math.min(2 * scale, Math.max(scale / 2, scale - gradient / Math.max(curvature, Number.MIN_VALUE)));
    const done = Math.abs(next - scale) < CONVERGED * scale;
    scale = next;
    if (done || scale < MIN_SCALE / 10) break;
  }
  return scale;
}

type Weight = (deviation: number) => number;

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean cross-entropy and the prior's share. */
function regularisedLoss(
  point: Float64Array,
  scores: Float32Array,
  labels: Int32Array,
  classes: number,
  weight: Weight,
): number {
  let loss = 0;
  const p = new Float64Array(classes);
  for (let image = 0; image < labels.length; image++) {
    loss -= logProbabilities(p, point, scores, image * classes, classes)[labels[image]];
  }
  const spread = (values: Float64Array) => {
    const centre = mean(values);
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  };
  return (
    loss / labels.length +
    (weight(PRIOR.scale) * spread(point.subarray(0, classes)) + weight(PRIOR.bias) * spread(point.subarray(classes))) /
      2
  );
}

function logProbabilities(
  into: Float64Array,
  point: Float64Array,
  scores: Float32Array,
  from: number,
  classes: number,
): Float64Array {
  let top = -Infinity;
  for (let c = 0; c < classes; c++) {
    into[c] = point[c] * scores[from + c] + point[classes + c];
    top = Math.max(top, into[c]);
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(into[c] - top);
  const shift = top + Math.log(sum);
  for (let c = 0; c < classes; c++) into[c] -= shift;
  return into;
}

function derivatives(
  point: Float64Array,
  scores: Float32Array,
  labels: Int32Array,
  classes: number,
  weight: Weight,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = 2 * classes;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const p = new Float64Array(classes);
  const n = labels.length;
  for (let image = 0; image < n; image++) {
    const from = image * classes;
    logProbabilities(p, point, scores, from, classes);
    for (let c = 0; c < classes; c++) p[c] = Math.exp(p[c]);
    for (let c = 0; c < classes; c++) {
      const error = (p[c] - (labels[image] === c ? 1 : 0)) / n;
      const z = scores[from + c];
      gradient[c] += error * z;
      gradient[classes + c] += error;
      for (let d = 0; d < classes; d++) {
        const curvature = (p[c] * ((c === d ? 1 : 0) - p[d])) / n;
        const other = scores[from + d];
        hessian[c][d] += curvature * z * other;
        hessian[c][classes + d] += curvature * z;
        hessian[classes + c][d] += curvature * other;
        hessian[classes + c][classes + d] += curvature;
      }
    }
  }
  for (const [start, deviation] of [
    [0, PRIOR.scale],
    [classes, PRIOR.bias],
  ]) {
    const centre = mean(point.subarray(start, start + classes));
    for (let c = start; c < start + classes; c++) {
      gradient[c] += weight(deviation) * (point[c] - centre);
      for (let d = start; d < start + classes; d++) {
        hessian[c][d] += weight(deviation) * ((c === d ? 1 : 0) - 1 / classes);
      }
    }
  }
  return { gradient, hessian };
}
