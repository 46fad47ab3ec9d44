import { WasmFunction } from '../assembler.js';
import { range } from './range.js';

/** Addresses, steps and skips of a copy between strided images: see {@link copy}. */
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

/** Emits the copy of blocks of `width` floats. */
export function copy(width: number): WasmFunction {
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
