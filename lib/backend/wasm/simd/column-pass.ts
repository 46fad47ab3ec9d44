import { WasmFunction } from '../assembler.js';
import { range } from './range.js';

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

export const COLUMN_ADDRESSES = ['x', 'dy', 'out', 'mean', 'scale', 'slope', 'offset'] as const;

/**
 * Column-wise passes over matrices [rows, width], with one mean, scale, slope and offset per column.
 * sum: out += Σ x · squares: out += Σ (x−mean)² · products: out[0] += Σ dy, out[1] += Σ dy·(x−mean) ·
 * normalise: out = (x−mean)·scale + offset · gradient: out = dy·scale + (x−mean)·slope + offset
 */
export type ColumnPass = 'sum' | 'squares' | 'products' | 'normalise' | 'gradient';

export const READS: Record<
  ColumnPass,
  { matrices: ('x' | 'dy')[]; vectors: ('mean' | 'scale' | 'slope' | 'offset')[]; sums: number }
> = {
  sum: { matrices: ['x'], vectors: [], sums: 1 },
  squares: { matrices: ['x'], vectors: ['mean'], sums: 1 },
  products: { matrices: ['x', 'dy'], vectors: ['mean'], sums: 2 },
  normalise: { matrices: ['x'], vectors: ['mean', 'scale', 'offset'], sums: 0 },
  gradient: { matrices: ['x', 'dy'], vectors: ['mean', 'scale', 'slope', 'offset'], sums: 0 },
};

export const COLUMN_PASSES: readonly ColumnPass[] = ['sum', 'squares', 'products', 'normalise', 'gradient'];
/** How many vectors of columns one call works on, widest first. */
export const COLUMN_VECTORS = [4, 2, 1];

/** Sums are added up in runs of this many rows, so that rounding errors do not grow with the number of rows. */
export const ROWS_PER_RUN = 256;

/** Emits one pass over `vectors` vectors of columns. */
export function columnPass(pass: ColumnPass, vectors: number): WasmFunction {
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
