import { WasmFunction } from '../assembler.js';
import { range } from './range.js';

/** Addresses, steps and skips of a dot product per pixel: see {@link dotProduct}. */
export interface DotProductCall {
  x: number;
  /** Packed weights: 4·`vectors` floats per step of the inner dimension. */
  w: number;
  /** 4·`vectors` start values. */
  bias: number;
  out: number;
  /** The inner dimension: `runs` times `depth` contiguous floats of x. */
  runs: number;
  depth: number;
  xRunSkip: number;
  images: number;
  rows: number;
  /** Groups of `pixels` neighbouring pixels in a row. */
  groups: number;
  xPixel: number;
  xRowSkip: number;
  xImageSkip: number;
  outPixel: number;
  outRowSkip: number;
  outImageSkip: number;
  /** The result is clipped to this range (NaN stays NaN). */
  low: number;
  high: number;
}

/** Emits the loop over the inner dimension that makes a block of outputs for a group of neighbouring pixels. */
export function dotProduct(pixels: number, vectors: number): WasmFunction {
  const f = new WasmFunction(`dot${pixels}x${vectors}`, [...Array<'i32'>(16).fill('i32'), 'f32', 'f32']);
  const [x, w, bias, out, runs, depth, xRunSkip, images] = range(8);
  const [rows, groups, xPixel, xRowSkip, xImageSkip, outPixel, outRowSkip, outImageSkip, low, high] =
    range(18).slice(8);
  const sums = range(pixels).map(() => range(vectors).map(() => f.local('v128')));
  const weights = range(vectors).map(() => f.local('v128'));
  const value = f.local('v128');
  const lows = f.local('v128');
  const highs = f.local('v128');
  const xAt = range(pixels).map(() => f.local('i32'));
  const wAt = f.local('i32');
  f.get(low).vector('splat').set(lows).get(high).vector('splat').set(highs);
  f.repeat(images, () => {
    f.repeat(rows, () => {
      f.repeat(groups, () => {
        for (const at of xAt) f.get(x).set(at).advance(x, xPixel);
        f.get(w).set(wAt);
        for (const row of sums)
          row.forEach((sum, j) =>
            f
              .get(bias)
              .loadVector(16 * j)
              .set(sum),
          );
        f.repeat(runs, () => {
          f.repeat(depth, () => {
            // Not unrolled: V8's register allocator then adds moves that cost a third of the speed.
            weights.forEach((weight, j) =>
              f
                .get(wAt)
                .loadVector(16 * j)
                .set(weight),
            );
            sums.forEach((row, i) => {
              f.get(xAt[i]).loadSplat().set(value).advanceBy(xAt[i], 4);
              row.forEach((sum, j) => f.get(sum, value, weights[j]).vector('mul').vector('add').set(sum));
            });
            f.advanceBy(wAt, 16 * vectors);
          });
          for (const at of xAt) f.advance(at, xRunSkip);
        });
        for (const row of sums) {
          row.forEach((sum, j) =>
            f
              .get(out, sum, lows)
              .vector('max')
              .get(highs)
              .vector('min')
              .storeVector(16 * j),
          );
          f.advance(out, outPixel);
        }
      });
      f.advance(x, xRowSkip).advance(out, outRowSkip);
    });
    f.advance(x, xImageSkip).advance(out, outImageSkip);
  });
  return f;
}
