/**
 * The inner loops of convolution, matrix product and pooling as WebAssembly SIMD functions, assembled once per backend and
 * working directly in the memory of tfjs-backend-wasm. Addresses, steps and skips are in bytes; a step is added after
 * every pass of its loop, a skip after the last pass of the loop inside it.
 */
import { assemble } from '../assembler.js';
import {
  COLUMN_ADDRESSES,
  COLUMN_PASSES,
  COLUMN_VECTORS,
  type ColumnPass,
  columnPass,
  type ColumnsCall,
  READS,
  ROWS_PER_RUN,
} from './column-pass.js';
import { copy, type CopyCall } from './copy.js';
import { dotProduct, type DotProductCall } from './dot-product.js';
import { type ElementPass, elementPasses } from './element-passes.js';
import { maxPoolGrad, type MaxPoolGradCall } from './max-pool-gradient.js';
import { outerProduct, type OuterProductCall } from './outer-product.js';
import { range } from './range.js';

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
