import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../../errors.js';
import { reliability as measured } from '../../../metrics/reliability.js';
import { heatOverlay } from '../../parts/heat-overlay.js';
import { check, diagnoseFigures, heatMap, images } from '../../testing/diagnose-figures.fixture.js';
import { CIFAR10_NAMES, HOSTILE_NAMES } from '../../testing/example-results.fixture.js';
import { assertSnapshot } from '../../testing/snapshot.fixture.js';
import { causalCheck } from './causal-check.js';
import { heatMapPairs } from './heat-map-pairs.js';
import { reliability } from './reliability.js';

test('figures of a diagnosis are what they were', () => {
  for (const [name, figure] of Object.entries(diagnoseFigures(CIFAR10_NAMES, 'light'))) assertSnapshot(name, figure);
});

// What is drawn of them is looked at in kernel-config/notebooks/hostile-names.test.ts.
test('names are inert', () => {
  for (const figure of Object.values(diagnoseFigures(HOSTILE_NAMES, 'dark'))) {
    assert.ok(figure.altText.startsWith(figure.title));
    assert.doesNotMatch(figure.altText, /[\u001b\n]/);
  }
});

test('a heat-map lies over the picture where it is hot', () => {
  const set = images(['a']);
  const rgba = heatOverlay({ ...set, pixels: new Uint8Array(set.pixels.length).fill(100) }, heatMap(0, 0, 0));
  const red = (y: number, x: number) => rgba[4 * (4 * y + x)];
  assert.ok(red(0, 0) < red(0, 3) && red(0, 3) < red(3, 0) && red(3, 0) < red(3, 3));
  assert.equal(Math.max(...rgba), 255);
});

test('nothing to show is refused', () => {
  assert.throws(() => reliability(measured([])), OptionError);
  assert.throws(() => causalCheck({ ...check(['a']), rows: [] }), OptionError);
  assert.throws(() => heatMapPairs([], images(['a', 'b'])), /expected 2 pairs/);
});
