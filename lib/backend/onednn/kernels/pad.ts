import type { Kernel } from '../kernel.js';
import { fourByteValues, newFourByteTensor } from './four-byte-values.js';

/** (size, before, after) for each dimension; those that are not padded are joined to the one outside them. */
function packPaddings(shape: number[], paddings: [number, number][]): Int32Array {
  const joined: number[] = [];
  let inner = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const [before, after] = paddings[d];
    inner *= shape[d];
    const unit = inner / shape[d];
    if (before === 0 && after === 0) continue;
    joined.unshift(inner, before * unit, after * unit);
    inner = 1;
  }
  if (inner > 1 || joined.length === 0) joined.unshift(inner, 0, 0);
  return Int32Array.from(joined);
}

export const pad: Kernel<{ paddings: [number, number][]; constantValue: number }> = (
  backend,
  { x },
  { paddings, constantValue },
) => {
  const values = fourByteValues(backend, x);
  if (values === null || paddings.some(([before, after]) => before < 0 || after < 0)) return null;
  const shape = x.shape.map((size, d) => paddings[d][0] + size + paddings[d][1]);
  const { out, values: padded } = newFourByteTensor(backend, shape, values);
  const value = values instanceof Float32Array ? Float32Array.of(constantValue) : Int32Array.of(constantValue);
  backend.addon.pad(packPaddings(x.shape, paddings), value, values, padded);
  return out;
};
