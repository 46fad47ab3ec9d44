import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../tf.js';
import { distinct, testLayer } from './check-layer.fixture.js';
import { PaddedAveragePooling2D, type PaddedAveragePoolingArgs, PaddedMaxPooling2D } from './padded-pooling.js';

const SHAPE = [2, 7, 6, 3] as const;
type Sides = [[number, number], [number, number]];

/** Pooling written out window by window. */
function byHand(args: PaddedAveragePoolingArgs, x: Float32Array, kind: 'max' | 'average'): number[] {
  const [batch, height, width, channels] = SHAPE;
  const window = (typeof args.poolSize === 'number' ? [args.poolSize, args.poolSize] : args.poolSize) as number[];
  const strides = (args.strides ?? window) as number | number[];
  const stride = typeof strides === 'number' ? [strides, strides] : strides;
  const border = args.padding ?? 0;
  const pad = (typeof border === 'number' ? [[border, border], [border, border]] : border) as Sides; // prettier-ignore
  const starts = [height, width].map((length, axis) => {
    const [before, after] = pad[axis];
    const all: number[] = [];
    for (let at = -before; at < length + after; at += stride[axis]) {
      const fits = at + window[axis] <= length + after;
      if (fits || (args.ceilMode && at < length && at + window[axis] - stride[axis] < length + after)) all.push(at);
    }
    return all;
  });
  const y: number[] = [];
  for (let b = 0; b < batch; b++)
    for (const top of starts[0])
      for (const left of starts[1])
        for (let c = 0; c < channels; c++) {
          const seen: number[] = [];
          let padding = 0;
          for (let row = top; row < top + window[0]; row++)
            for (let column = left; column < left + window[1]; column++) {
              if (row >= 0 && row < height && column >= 0 && column < width) {
                seen.push(x[((b * height + row) * width + column) * channels + c]);
              } else if (row < height + pad[0][1] && column < width + pad[1][1]) padding++;
            }
          const sum = seen.reduce((a, v) => a + v, 0);
          y.push(
            kind === 'max' ? Math.max(...seen) : sum / (seen.length + (args.countPadding === false ? 0 : padding)),
          );
        }
  return y;
}

const CASES: Record<string, PaddedAveragePoolingArgs> = {
  'the stem of a ResNet': { poolSize: 3, strides: 2, padding: 1 },
  'ceil mode': { poolSize: 3, strides: 2, ceilMode: true },
  'ceil mode with a border': { poolSize: [3, 2], strides: 2, padding: [[1, 1], [0, 1]], ceilMode: true }, // prettier-ignore
  'a border on one side': { poolSize: 2, strides: 1, padding: [[0, 1], [1, 0]] }, // prettier-ignore
  'no border': { poolSize: 2 },
};
for (const [title, args] of Object.entries(CASES)) {
  testLayer(
    `PaddedMaxPooling2D, ${title}`,
    () => new PaddedMaxPooling2D(args),
    SHAPE,
    (x) => byHand(args, x, 'max'),
    distinct,
  );
  for (const countPadding of [true, false]) {
    testLayer(
      `PaddedAveragePooling2D, ${title}, border ${countPadding ? 'counted' : 'not counted'}`,
      () => new PaddedAveragePooling2D({ ...args, countPadding }),
      SHAPE,
      (x) => byHand({ ...args, countPadding }, x, 'average'),
    );
  }
}

test('settings that make no sense are refused', () => {
  const input = tf.input({ shape: [7, 6, 3] });
  assert.throws(() => new PaddedMaxPooling2D({ poolSize: 0 }), /whole numbers from 1 on/);
  assert.throws(() => new PaddedMaxPooling2D({ poolSize: 2, padding: 2 }), /smaller than the window, got \[2, 2\]/);
  assert.throws(() => new PaddedMaxPooling2D({ poolSize: 9 }).apply(input), /window of 9 does not fit 7 pixels/);
});
