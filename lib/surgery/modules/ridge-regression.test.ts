import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MT19937 } from '../../run/mt19937.js';
import { foldsOf, ridgeRegression } from './ridge-regression.js';

/** Rows of `features` random numbers and a 1, with targets that are a line through the first of them, plus noise. */
function regression(rows: number, features: number, noise: number) {
  const rng = new MT19937(5);
  const draw = () => rng.nextDouble() * 2 - 1;
  const folds = foldsOf(features + 1);
  for (let row = 0; row < rows; row++) {
    const x = [...Array.from({ length: features }, draw), 1];
    const target = 3 * x[0] - 0.5 + noise * draw();
    const fold = folds[row % folds.length];
    fold.rows++;
    fold.squares += target * target;
    x.forEach((value, i) => {
      fold.moments[i] += value * target;
      for (let j = 0; j <= i; j++) fold.products[i][j] += value * x[j];
    });
  }
  return ridgeRegression(folds);
}

test('a line is found, its constant included', () => {
  const [slope, other, constant] = regression(600, 2, 0);
  assert.ok(Math.abs(slope - 3) < 0.02 && Math.abs(other) < 0.02 && Math.abs(constant + 0.5) < 0.02);
});

test('where features are many and targets mostly noise, coefficients are held back', () => {
  // Ordinary least squares makes them about 11 long: 40 of a standard error of 1.7.
  assert.ok(Math.hypot(...regression(90, 40, 12)) < 8);
});
