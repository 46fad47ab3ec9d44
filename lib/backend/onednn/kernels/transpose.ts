import * as tf from '../../../tf.js';
import type { Kernel } from '../kernel.js';
import { gatherStrided, steps } from './strided-copy.js';

export const transpose: Kernel<{ perm: number[] }> = (backend, { x }, { perm }) => {
  const step = steps(x.shape);
  const shape = perm.map((d) => x.shape[d]);
  return gatherStrided(
    backend,
    x,
    shape,
    perm.map((d) => ({ size: x.shape[d], step: step[d] })),
  );
};

export const reverse: Kernel<{ dims: number | number[] }> = (backend, { x }, { dims }) => {
  if (x.shape.length === 0) return null;
  const step = steps(x.shape);
  let start = 0;
  for (const d of new Set(tf.util.parseAxisParam(dims, x.shape))) {
    start += (x.shape[d] - 1) * step[d];
    step[d] *= -1;
  }
  return gatherStrided(
    backend,
    x,
    x.shape,
    x.shape.map((size, d) => ({ size, step: step[d] })),
    start,
  );
};

export const tile: Kernel<{ reps: number[] }> = (backend, { x }, { reps }) => {
  const step = steps(x.shape);
  return gatherStrided(
    backend,
    x,
    x.shape.map((size, d) => size * reps[d]),
    x.shape.flatMap((size, d) => [
      { size: reps[d], step: 0 },
      { size, step: step[d] },
    ]),
  );
};
