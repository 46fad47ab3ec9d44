import * as tf from '../../../tf.js';
import type { ReductionName } from '../addon-functions/reduction.js';
import { areFloats, override } from '../kernel.js';
import { registerSoftmax } from './softmax.js';

/**
 * The shape [outer, reduced, inner] that a tensor has when the reduced dimensions are one; null if others lie between
 * them. Dimensions of size 1 never lie between.
 * @param axes sorted, without negative ones
 */
export function reductionShape(shape: number[], axes: number[]): [number, number, number] | null {
  const sizes: [number, number, number] = [1, 1, 1];
  let part = 0;
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const reduced = axes.includes(d);
    if (reduced && part === 0) part = 1;
    if (!reduced && part === 1) part = 2;
    if (reduced && part === 2) return null;
    sizes[part] *= shape[d];
  }
  return sizes;
}

interface Attributes {
  /** Of Sum, Mean and Min; null stands for all dimensions. */
  axis?: number | number[] | null;
  /** Of Max. */
  reductionIndices?: number | number[] | null;
  keepDims: boolean;
}

function register(name: ReductionName): void {
  override<Attributes>(name, (backend, { x }, { axis, reductionIndices, keepDims }) => {
    if (!areFloats(x)) return null;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number | number[], x.shape);
    const sizes = reductionShape(x.shape, axes);
    if (sizes === null) return null;
    const out = backend.output(
      keepDims ? x.shape.map((size, d) => (axes.includes(d) ? 1 : size)) : x.shape.filter((_, d) => !axes.includes(d)),
    );
    backend.addon.reduce[name](...sizes, backend.floats(x), backend.floats(out));
    return out;
  });
}

export function registerReduction(): void {
  (['Sum', 'Mean', 'Max', 'Min'] as const).forEach(register);
  registerSoftmax();
}
