import * as tf from '../../../tf.js';
import { ACTIVATIONS } from '../activations.js';
import type { OneDnnBackend } from '../backend.js';
import { areFloats, override } from '../kernel.js';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
  activation?: string;
  leakyreluAlpha?: number;
}

/** The product of matrices [batch, rows, inner] and [batch, inner, columns]; one batch dimension may be 1. */
function matMul(
  backend: OneDnnBackend,
  { a, b, bias, preluActivationWeights }: Record<string, tf.TensorInfo>,
  { transposeA, transposeB, activation = 'linear', leakyreluAlpha }: Attributes,
): tf.TensorInfo | null {
  const activationNumber = ACTIVATIONS[activation];
  if (activationNumber === undefined || preluActivationWeights != null || !areFloats(a, b, bias)) return null;
  const matrixA = a.shape.slice(-2);
  const matrixB = b.shape.slice(-2);
  const [rows, inner] = transposeA ? matrixA.reverse() : matrixA;
  const [innerB, columns] = transposeB ? matrixB.reverse() : matrixB;
  const [batchesA, batchesB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [batchA, batchB] = [batchesA, batchesB].map(tf.util.sizeFromShape);
  // What does not fit is for tfjs-cpu to complain about; batches of several dimensions that broadcast, for it to compute.
  if (inner !== innerB || (!tf.util.arraysEqual(batchesA, batchesB) && batchA !== 1 && batchB !== 1)) return null;
  if (bias != null && (tf.util.sizeFromShape(bias.shape) !== columns || bias.shape[bias.shape.length - 1] !== columns))
    return null;
  const batch = Math.max(batchA, batchB);
  const outBatches = tf.broadcast_util.assertAndGetBroadcastShape(batchesA, batchesB);
  const out = backend.output([...outBatches, rows, columns]);
  backend.addon.matMul(
    Int32Array.of(batch, batchA, batchB, rows, inner, columns, transposeA ? 1 : 0, transposeB ? 1 : 0),
    backend.floats(a),
    backend.floats(b),
    bias == null ? null : backend.floats(bias),
    backend.floats(out),
    activationNumber,
    leakyreluAlpha ?? 0,
  );
  return out;
}

export function registerMatMul(): void {
  override('BatchMatMul', matMul);
  override('_FusedMatMul', matMul);
}
