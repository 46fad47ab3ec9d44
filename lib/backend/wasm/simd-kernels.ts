/**
 * The inner loops of convolution and matrix product as WebAssembly SIMD functions, assembled once per backend and
 * working directly in the memory of tfjs-backend-wasm. Addresses, steps and skips are in bytes; a step is added after
 * every pass of its loop, a skip after the last pass of the loop inside it.
 */
import { assemble, WasmFunction } from './assembler.js';

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

export interface CopyCall {
  from: number;
  to: number;
  images: number;
  rows: number;
  columns: number;
  fromColumn: number;
  fromRowSkip: number;
  fromImageSkip: number;
  toColumn: number;
  toRowSkip: number;
  toImageSkip: number;
}

export interface SimdKernels {
  /**
   * For every tap, out[tap][channel][j] (+)= Σ over pixels of x[pixel at tap][channel]·dy[pixel][j], for a block of
   * `channels` ≤ 4 and 4·`vectors` (≤ 8) columns j.
   */
  outerProduct(channels: number, vectors: number, call: OuterProductCall): void;
  /** out[pixel][j] = bias[j] + Σ over the inner dimension of x[pixel]·w[j], for groups of `pixels` ≤ 4 and 4·`vectors` (≤ 8) columns j. */
  dotProduct(pixels: number, vectors: number, call: DotProductCall): void;
  /** Copies blocks of `width` ≤ 8 floats from one strided image to another. */
  copy(width: number, call: CopyCall): void;
}

export const BLOCK = 4;
export const MAX_VECTORS = 2;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function outerProduct(channels: number, vectors: number): WasmFunction {
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

function dotProduct(pixels: number, vectors: number): WasmFunction {
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

function copy(width: number): WasmFunction {
  const f = new WasmFunction(`copy${width}`, Array<'i32'>(11).fill('i32'));
  const [from, to, images, rows, columns, fromColumn, fromRowSkip, fromImageSkip, toColumn, toRowSkip, toImageSkip] =
    range(11);
  f.repeat(images, () => {
    f.repeat(rows, () => {
      f.repeat(columns, () => {
        for (let at = 0; at < width; at += width - at >= 4 ? 4 : 1) {
          f.get(to, from);
          if (width - at >= 4) f.loadVector(4 * at).storeVector(4 * at);
          else f.loadFloat(4 * at).storeFloat(4 * at);
        }
        f.advance(from, fromColumn).advance(to, toColumn);
      });
      f.advance(from, fromRowSkip).advance(to, toRowSkip);
    });
    f.advance(from, fromImageSkip).advance(to, toImageSkip);
  });
  return f;
}

type Exported = (...numbers: number[]) => void;

/** Assembles the kernels on top of `memory`. */
export function simdKernels(memory: WebAssembly.Memory): SimdKernels {
  const shapes = range(BLOCK).flatMap((i) => range(MAX_VECTORS).map((j) => [i + 1, j + 1] as const));
  const functions = [
    ...shapes.map(([i, j]) => outerProduct(i, j)),
    ...shapes.map(([i, j]) => dotProduct(i, j)),
    ...range(BLOCK * MAX_VECTORS).map((i) => copy(i + 1)),
  ];
  const module = new WebAssembly.Module(assemble(functions));
  const exported = new WebAssembly.Instance(module, { host: { memory } }).exports as Record<string, Exported>;
  const outer = range(BLOCK).map((i) => range(MAX_VECTORS).map((j) => exported[`outer${i + 1}x${j + 1}`]));
  const dot = range(BLOCK).map((i) => range(MAX_VECTORS).map((j) => exported[`dot${i + 1}x${j + 1}`]));
  const copies = range(BLOCK * MAX_VECTORS).map((i) => exported[`copy${i + 1}`]);
  return {
    outerProduct(channels, vectors, c) {
      outer[channels - 1][vectors - 1](
        ...[c.x, c.dy, c.out, c.tapRows, c.tapColumns, c.images, c.rows, c.columns, c.xTapColumn, c.xTapRowSkip],
        ...[c.xColumn, c.xRowSkip, c.xImageSkip, c.outChannel, c.outTap, c.accumulate ? 1 : 0],
      );
    },
    dotProduct(pixels, vectors, c) {
      dot[pixels - 1][vectors - 1](
        ...[c.x, c.w, c.bias, c.out, c.runs, c.depth, c.xRunSkip, c.images, c.rows, c.groups],
        ...[c.xPixel, c.xRowSkip, c.xImageSkip, c.outPixel, c.outRowSkip, c.outImageSkip, c.low, c.high],
      );
    },
    copy(width, c) {
      copies[width - 1](
        ...[c.from, c.to, c.images, c.rows, c.columns, c.fromColumn, c.fromRowSkip, c.fromImageSkip],
        ...[c.toColumn, c.toRowSkip, c.toImageSkip],
      );
    },
  };
}
