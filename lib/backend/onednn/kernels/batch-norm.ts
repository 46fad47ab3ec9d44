import * as tf from '../../../tf.js';
import {
  areNormalisable,
  BATCH_NORM_GRADIENT,
  type BatchNormGradientAttributes,
  fuseBatchNormTraining,
  MOMENTS,
} from '../../training/batch-norm.js';
import type { OneDnnBackend } from '../backend.js';
import { add, areFloats, BACKEND_NAME, type Inputs, override } from '../kernel.js';

function matrixOf({ shape }: tf.TensorInfo): { rows: number; channels: number } {
  const channels = shape[shape.length - 1];
  return { rows: tf.util.sizeFromShape(shape) / channels, channels };
}

function batchNorm(
  backend: OneDnnBackend,
  { x, mean, variance, offset, scale }: Inputs,
  { varianceEpsilon }: tf.FusedBatchNormAttrs,
): tf.TensorInfo | null {
  if (!areFloats(x, mean, variance, offset, scale) || !areNormalisable(x, mean, variance, offset, scale)) return null;
  const { rows, channels } = matrixOf(x);
  const optional = (t: tf.TensorInfo | undefined): Float32Array | null => (t == null ? null : backend.floats(t));
  const out = backend.output(x.shape);
  backend.addon.normalise(
    rows,
    channels,
    backend.floats(x),
    backend.floats(mean),
    backend.floats(variance),
    optional(offset),
    optional(scale),
    varianceEpsilon ?? 0.001,
    false,
    backend.floats(out),
  );
  return out;
}

function moments(backend: OneDnnBackend, { x }: Inputs): tf.TensorInfo[] {
  const { rows, channels } = matrixOf(x);
  const [mean, variance] = [backend.output([channels]), backend.output([channels])];
  backend.addon.moments(rows, channels, backend.floats(x), backend.floats(mean), backend.floats(variance));
  return [mean, variance];
}

function batchNormGradient(
  backend: OneDnnBackend,
  { x, dy, mean, variance, scale }: Inputs,
  { epsilon, ofBatch }: BatchNormGradientAttributes,
): tf.TensorInfo[] {
  const { rows, channels } = matrixOf(x);
  const dx = backend.output(x.shape);
  const [dMean, dVariance, dOffset, dScale] = [0, 1, 2, 3].map(() => backend.output([channels]));
  backend.addon.batchNormGradient(
    rows,
    channels,
    backend.floats(x),
    backend.floats(dy),
    null,
    backend.floats(mean),
    backend.floats(variance),
    (scale as tf.TensorInfo | undefined) === undefined ? null : backend.floats(scale),
    epsilon,
    ofBatch,
    backend.floats(dx),
    backend.floats(dMean),
    backend.floats(dVariance),
    backend.floats(dOffset),
    backend.floats(dScale),
  );
  return [dx, dMean, dVariance, dOffset, dScale];
}

export function registerBatchNorm(): void {
  override('FusedBatchNorm', batchNorm);
  add(MOMENTS, moments);
  add(BATCH_NORM_GRADIENT, batchNormGradient);
  fuseBatchNormTraining(BACKEND_NAME);
}
