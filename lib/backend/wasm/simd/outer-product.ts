import { WasmFunction } from '../assembler.js';
import { range } from './range.js';

/** Addresses, steps and skips of an outer product over pixels: see {@link outerProduct}. */
export interface OuterProductCall {
  /** Packed input: a block of ≤ 4 channels per pixel. */
  x: number;
  /** Packed output gradient: 4·`vectors` floats per pixel. */
  dy: number;
  out: number;
  tapRows: number;
  tapColumns: number;
  images: number;
  rows: number;
  columns: number;
  xTapColumn: number;
  xTapRowSkip: number;
  xColumn: number;
  xRowSkip: number;
  xImageSkip: number;
  outChannel: number;
  outTap: number;
  /** Adds to what `out` holds instead of replacing it. */
  accumulate: boolean;
}

/** Emits the loop over pixels that adds a block of input channels times a block of gradients to every tap's weights. */
export function outerProduct(channels: number, vectors: number): WasmFunction {
  const f = new WasmFunction(`outer${channels}x${vectors}`, Array<'i32'>(16).fill('i32'));
  const [x, dy, out, tapRows, tapColumns, images, rows, columns] = range(8);
  const [xTapColumn, xTapRowSkip, xColumn, xRowSkip, xImageSkip, outChannel, outTap, accumulate] = range(16).slice(8);
  const sums = range(channels).map(() => range(vectors).map(() => f.local('v128')));
  const gradients = range(vectors).map(() => f.local('v128'));
  const value = f.local('v128');
  const p = f.local('i32');
  const xAt = f.local('i32');
  const dyAt = f.local('i32');
  f.repeat(tapRows, () => {
    f.repeat(tapColumns, () => {
      f.get(x).set(xAt).get(dy).set(dyAt);
      for (const sum of sums.flat()) f.zero(sum);
      f.when(accumulate, () => {
        f.get(out).set(p);
        for (const row of sums) {
          row.forEach((sum, j) =>
            f
              .get(p)
              .loadVector(16 * j)
              .set(sum),
          );
          f.advance(p, outChannel);
        }
      });
      f.repeat(images, () => {
        f.repeat(rows, () => {
          f.repeat(columns, () => {
            gradients.forEach((g, j) =>
              f
                .get(dyAt)
                .loadVector(16 * j)
                .set(g),
            );
            sums.forEach((row, i) => {
              f.get(xAt)
                .loadSplat(4 * i)
                .set(value);
              row.forEach((sum, j) => f.get(sum, value, gradients[j]).vector('mul').vector('add').set(sum));
            });
            f.advance(xAt, xColumn).advanceBy(dyAt, 16 * vectors);
          });
          f.advance(xAt, xRowSkip);
        });
        f.advance(xAt, xImageSkip);
      });
      f.get(out).set(p);
      for (const row of sums) {
        row.forEach((sum, j) => f.get(p, sum).storeVector(16 * j));
        f.advance(p, outChannel);
      }
      f.advance(x, xTapColumn).advance(out, outTap);
    });
    f.advance(x, xTapRowSkip);
  });
  return f;
}
