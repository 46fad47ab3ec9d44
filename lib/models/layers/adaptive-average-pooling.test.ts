import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdaptiveAveragePooling2D } from './adaptive-average-pooling.js';
import { testLayer } from './check-layer.fixture.js';

for (const [rows, columns] of [
  [2, 3],
  [4, 2],
  [1, 1],
  [6, 5],
] as const) {
  testLayer(
    `AdaptiveAveragePooling2D to ${rows}×${columns}`,
    () => new AdaptiveAveragePooling2D({ outputSize: [rows, columns] }),
    [2, 5, 4, 3],
    (x) => {
      const out: number[] = [];
      for (let n = 0; n < 2; n++) {
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            for (let k = 0; k < 3; k++) {
              let [sum, count] = [0, 0];
              for (let i = Math.floor((r * 5) / rows); i < Math.ceil(((r + 1) * 5) / rows); i++) {
                for (let j = Math.floor((c * 4) / columns); j < Math.ceil(((c + 1) * 4) / columns); j++) {
                  sum += x[((n * 5 + i) * 4 + j) * 3 + k];
                  count++;
                }
              }
              out.push(sum / count);
            }
          }
        }
      }
      return out;
    },
  );
}

test('sizes that are none are refused', () => {
  assert.throws(() => new AdaptiveAveragePooling2D({ outputSize: [0, 2] }), /two whole numbers from 1 on, got 0,2/);
});
