import { WasmFunction } from '../assembler.js';
import { range } from './range.js';

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

/** Emits the loop over windows that adds every dy to the dx of the first largest x, `width` channels at a time. */
export function maxPoolGrad(width: number): WasmFunction {
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
