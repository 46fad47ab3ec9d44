import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ONLY_THOROUGH } from '../../run/thorough.fixture.js';
import { trainingCurve } from '../figures/training/training-curve.js';
import { epochs } from '../testing/figures.fixture.js';
import { renderSvg } from './plotly-in-jsdom.js';

test('drawn figures do not stay in memory', { skip: ONLY_THOROUGH }, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const figure = trainingCurve(epochs);
  const heapAfter = async (figures: number) => {
    for (let i = 0; i < figures; i++) renderSvg(figure);
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().heapUsed / 1e6;
  };
  // Each count ends where a page has just been opened. Half of what 80 figures held when they stayed; a closed page may not be collected yet.
  const before = await heapAfter(81);
  const after = await heapAfter(80);
  assert.ok(after - before < 45, `80 more figures: ${before.toFixed(0)} MB → ${after.toFixed(0)} MB`);
});
