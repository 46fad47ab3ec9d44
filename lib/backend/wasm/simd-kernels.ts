/**
 * The inner loops of convolution, matrix product and pooling as WebAssembly SIMD functions, assembled once per backend and
 * working directly in the memory of tfjs-backend-wasm. Addresses, steps and skips are in bytes; a step is added after
 * every pass of its loop, a skip after the last pass of the loop inside it.
 */
import { assemble, WasmFunction } from './assembler.js';
import { elementPasses, type ElementPass } from './element-passes.js';

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

/** Pooling windows that all have the same taps. */
export interface MaxPoolGradCall {
  /** First tap of the first window. */
  x: number;
  dy: number;
  /** Where dx[i] lies relative to x[i]. */
  dxOffset: number;
  tapRows: number;
  tapColumns: number;
  images: number;
  rows: number;
  columns: number;
  /** Groups of `width` channels. */
  groups: number;
  xTapColumn: number;
  xTapRowSkip: number;
  xColumnSkip: number;
  xRowSkip: number;
  xImageSkip: number;
  dyColumnSkip: number;
  dyRowSkip: number;
  dyImageSkip: number;
}

/** A pass over matrices [rows, width]; width is a multiple of 4. */
export interface ColumnsCall {
  /** The matrices that are read. */
  x: number;
  dy: number;
  /** A matrix for maps, one or two vectors for sums. */
  out: number;
  /** Vectors of `width` floats. */
  mean: number;
  scale: number;
  slope: number;
  offset: number;
  width: number;
  rows: number;
}

const COLUMN_ADDRESSES = ['x', 'dy', 'out', 'mean', 'scale', 'slope', 'offset'] as const;

/**
 * Column-wise passes over matrices [rows, width], with one mean, scale, slope and offset per column.
 * sum: out += Σ x · squares: out += Σ (x−mean)² · products: out[0] += Σ dy, out[1] += Σ dy·(x−mean) ·
 * normalise: out = (x−mean)·scale + offset · gradient: out = dy·scale + (x−mean)·slope + offset
 */
export type ColumnPass = 'sum' | 'squares' | 'products' | 'normalise' | 'gradient';

const READS: Record<
  ColumnPass,
  { matrices: ('x' | 'dy')[]; vectors: ('mean' | 'scale' | 'slope' | 'offset')[]; sums: number }
> = {
  sum: { matrices: ['x'], vectors: [], sums: 1 },
  squares: { matrices: ['x'], vectors: ['mean'], sums: 1 },
  products: { matrices: ['x', 'dy'], vectors: ['mean'], sums: 2 },
  normalise: { matrices: ['x'], vectors: ['mean', 'scale', 'offset'], sums: 0 },
  gradient: { matrices: ['x', 'dy'], vectors: ['mean', 'scale', 'slope', 'offset'], sums: 0 },
};

export interface SimdKernels {
  /** Runs a pass over `count` elements of each array; addresses and numbers in the order of element-passes.ts. */
  elements(pass: ElementPass, arrays: readonly number[], count: number, numbers: readonly number[]): void;
  columns(pass: ColumnPass, call: Partial<ColumnsCall> & Pick<ColumnsCall, 'x' | 'out' | 'width' | 'rows'>): void;
  /**
   * For every tap, out[tap][channel][j] (+)= Σ over pixels of x[pixel at tap][channel]·dy[pixel][j], for a block of
   * `channels` ≤ 4 and 4·`vectors` (≤ 8) columns j.
   */
  outerProduct(channels: number, vectors: number, call: OuterProductCall): void;
  /** out[pixel][j] = bias[j] + Σ over the inner dimension of x[pixel]·w[j], for groups of `pixels` ≤ 4 and 4·`vectors` (≤ 8) columns j. */
  dotProduct(pixels: number, vectors: number, call: DotProductCall): void;
  /** Copies blocks of `width` ≤ 8 floats from one strided image to another. */
  copy(width: number, call: CopyCall): void;
  /**
   * Adds every dy to the dx of the first largest x of its window, for groups of `width` = 4 or 1 channels. NaN is never
   * the largest; a window without a value above −∞ passes nothing on.
   */
  maxPoolGrad(width: 1 | 4, call: MaxPoolGradCall): void;
}

export const BLOCK = 4;
export const MAX_VECTORS = 2;

const COLUMN_PASSES: readonly ColumnPass[] = ['sum', 'squares', 'products', 'normalise', 'gradient'];
/** How many vectors of columns one call works on, widest first. */
const COLUMN_VECTORS = [4, 2, 1];

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

function maxPoolGrad(width: number): WasmFunction {
  const f = new WasmFunction(`maxPoolGrad${width}`, Array<'i32'>(17).fill('i32'));
  const [x, dy, dxOffset, tapRows, tapColumns, images, rows, columns, groups] = range(9);
  const [xTapColumn, xTapRowSkip, xColumnSkip, xRowSkip, xImageSkip, dyColumnSkip, dyRowSkip, dyImageSkip] =
    range(17).slice(9);
  const [at, dx] = [f.local('i32'), f.local('i32')];
  const [value, largest, lowest, one, tap, largestTap, mask] = range(7).map(() => f.local('v128'));
  const load = (): WasmFunction => (width === 4 ? f.loadVector() : f.loadSplat());
  const forEachTap = (from: number, body: () => void): void => {
    f.get(from).set(at).get(one).set(tap);
    f.repeat(tapRows, () => {
      f.repeat(tapColumns, () => {
        body();
        f.get(tap, one).vector('add').set(tap).advance(at, xTapColumn);
      });
      f.advance(at, xTapRowSkip);
    });
  };
  f.constFloat(-Infinity).vector('splat').set(lowest).constFloat(1).vector('splat').set(one);
  f.repeat(images, () => {
    f.repeat(rows, () => {
      f.repeat(columns, () => {
        f.repeat(groups, () => {
          f.get(lowest).set(largest).zero(largestTap);
          forEachTap(x, () => {
            f.get(at);
            load().set(value).get(value, largest).vector('gt').set(mask);
            f.get(value, largest, mask).vector('select').set(largest);
            f.get(tap, largestTap, mask).vector('select').set(largestTap);
          });
          f.get(dy);
          load().set(value).get(x).set(dx).advance(dx, dxOffset);
          forEachTap(dx, () => {
            f.get(at, at);
            load().get(tap, largestTap).vector('eq').get(value).vector('and').vector('add');
            if (width === 4) f.storeVector();
            else f.storeFirst();
          });
          f.advanceBy(x, 4 * width).advanceBy(dy, 4 * width);
        });
        f.advance(x, xColumnSkip).advance(dy, dyColumnSkip);
      });
      f.advance(x, xRowSkip).advance(dy, dyRowSkip);
    });
    f.advance(x, xImageSkip).advance(dy, dyImageSkip);
  });
  return f;
}

/** Sums are added up in runs of this many rows, so that rounding errors do not grow with the number of rows. */
const ROWS_PER_RUN = 256;

function columnPass(pass: ColumnPass, vectors: number): WasmFunction {
  const { matrices, vectors: parameters, sums } = READS[pass];
  const f = new WasmFunction(`${pass}${vectors}`, Array<'i32'>(10).fill('i32'));
  const addresses = Object.fromEntries(COLUMN_ADDRESSES.map((name, i) => [name, i]));
  const [rowBytes, runs, rowsPerRun] = range(10).slice(7);
  const { out } = addresses;
  const load = (from: string): number[] =>
    range(vectors).map((j) => {
      const local = f.local('v128');
      f.get(addresses[from])
        .loadVector(16 * j)
        .set(local);
      return local;
    });
  const constant = Object.fromEntries(parameters.map((name) => [name, load(name)]));
  const value = Object.fromEntries(matrices.map((name) => [name, f.local('v128')]));
  const run = range(sums).map(() => range(vectors).map(() => f.local('v128')));
  f.repeat(runs, () => {
    for (const sum of run.flat()) f.zero(sum);
    f.repeat(rowsPerRun, () => {
      for (let j = 0; j < vectors; j++) {
        for (const name of matrices) {
          f.get(addresses[name])
            .loadVector(16 * j)
            .set(value[name]);
        }
        if (constant.mean) f.get(value.x, constant.mean[j]).vector('sub').set(value.x);
        if (pass === 'sum') f.get(run[0][j], value.x).vector('add').set(run[0][j]);
        if (pass === 'squares') f.get(run[0][j], value.x, value.x).vector('mul').vector('add').set(run[0][j]);
        if (pass === 'products') {
          f.get(run[0][j], value.dy).vector('add').set(run[0][j]);
          f.get(run[1][j], value.dy, value.x).vector('mul').vector('add').set(run[1][j]);
        }
        if (pass === 'normalise') {
          f.get(out, value.x, constant.scale[j]).vector('mul').get(constant.offset[j]).vector('add');
          f.storeVector(16 * j);
        }
        if (pass === 'gradient') {
          f.get(out, value.dy, constant.scale[j]).vector('mul').get(value.x, constant.slope[j]).vector('mul');
          f.vector('add')
            .get(constant.offset[j])
            .vector('add')
            .storeVector(16 * j);
        }
      }
      for (const name of matrices) f.advance(addresses[name], rowBytes);
      if (sums === 0) f.advance(out, rowBytes);
    });
    // The two vectors of sums lie one row apart.
    const at = f.local('i32');
    f.get(out).set(at);
    for (const row of run) {
      row.forEach((sum, j) =>
        f
          .get(at, at)
          .loadVector(16 * j)
          .get(sum)
          .vector('add')
          .storeVector(16 * j),
      );
      f.advance(at, rowBytes);
    }
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
    ...[1, 4].map(maxPoolGrad),
    ...COLUMN_PASSES.flatMap((pass) => COLUMN_VECTORS.map((vectors) => columnPass(pass, vectors))),
    ...elementPasses(),
  ];
  const module = new WebAssembly.Module(Uint8Array.from(assemble(functions)));
  const exported = new WebAssembly.Instance(module, { host: { memory } }).exports as Record<string, Exported>;
  const outer = range(BLOCK).map((i) => range(MAX_VECTORS).map((j) => exported[`outer${i + 1}x${j + 1}`]));
  const dot = range(BLOCK).map((i) => range(MAX_VECTORS).map((j) => exported[`dot${i + 1}x${j + 1}`]));
  const copies = range(BLOCK * MAX_VECTORS).map((i) => exported[`copy${i + 1}`]);
  return {
    elements(pass, arrays, count, numbers) {
      exported[pass](...arrays, Math.floor(count / 4), count % 4, ...numbers);
    },
    columns(pass, c) {
      const rowBytes = 4 * c.width;
      const runs = Math.floor(c.rows / ROWS_PER_RUN);
      const done = runs * ROWS_PER_RUN;
      for (let column = 0, vectors; column < c.width; column += 4 * vectors) {
        vectors = COLUMN_VECTORS.find((v) => column + 4 * v <= c.width)!;
        for (const [first, count, rows] of [
          [0, runs, ROWS_PER_RUN],
          [done, 1, c.rows - done],
        ]) {
          if (count * rows === 0) continue;
          const skipped = first * rowBytes;
          const addresses = COLUMN_ADDRESSES.map((name) => {
            const isMatrix = name === 'x' || name === 'dy' || (name === 'out' && READS[pass].sums === 0);
            return (c[name] ?? 0) + 4 * column + (isMatrix ? skipped : 0);
          });
          exported[`${pass}${vectors}`](...addresses, rowBytes, count, rows);
        }
      }
    },
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
    maxPoolGrad(width, c) {
      exported[`maxPoolGrad${width}`](
        ...[c.x, c.dy, c.dxOffset, c.tapRows, c.tapColumns, c.images, c.rows, c.columns, c.groups],
        ...[c.xTapColumn, c.xTapRowSkip, c.xColumnSkip, c.xRowSkip, c.xImageSkip],
        ...[c.dyColumnSkip, c.dyRowSkip, c.dyImageSkip],
      );
    },
  };
}
