import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testLayer } from './check-layer.fixture.js';
import { LocalResponseNormalization, type LocalResponseNormalizationArgs } from './local-response-normalization.js';

const CASES: LocalResponseNormalizationArgs[] = [
  { size: 5, alpha: 0.3, bias: 2 },
  { size: 2, alpha: 0.5, beta: 1.5 },
  { size: 15, alpha: 0.2 },
];
for (const args of CASES) {
  const { size, alpha = 1e-4, beta = 0.75, bias = 1 } = args;
  testLayer(
    `LocalResponseNormalization over ${size}`,
    () => new LocalResponseNormalization(args),
    [2, 3, 2, 7],
    (x) =>
      Array.from(x, (value, at) => {
        const channel = at % 7;
        let sum = 0;
        for (let i = 0; i < size; i++) {
          const other = channel - Math.floor((size - 1) / 2) + i;
          if (other >= 0 && other < 7) sum += x[at - channel + other] ** 2;
        }
        return value / (bias + (alpha / size) * sum) ** beta;
      }),
  );
}

test('settings that make no sense are refused', () => {
  assert.throws(() => new LocalResponseNormalization({ size: 0 }), /size must be a whole number from 1 on, got 0/);
  assert.throws(() => new LocalResponseNormalization({ size: 3, beta: NaN }), /must be numbers/);
});
