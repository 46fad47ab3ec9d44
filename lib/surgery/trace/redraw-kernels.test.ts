import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { seedStream } from '../../run/mt19937.js';
import { keptCounts } from './kernel-selection.js';
import { redrawKernels } from './redraw-kernels.js';
import { selectionFromUnits, traceModel, unitsFromSelection } from './trace.js';

test('by lot: as many kernels of every layer, ties kept, others than before, each as likely', () => {
  const model = resCnn({ width: 1 / 8, seed: 1 });
  const trace = traceModel(model);
  model.dispose();
  // the first third of every group
  const thirds = trace.groups.map(({ id, units }) => [id, Uint8Array.from(units, (_, i) => Number(3 * i < units.length))] as const); // prettier-ignore
  const selection = selectionFromUnits(trace, Object.fromEntries(thirds));
  const before = keptCounts(selection);
  const rng = seedStream(1, 'test');
  const { id, units } = trace.groups.find(({ layers }) => layers.length > 1)!;
  const often = new Float64Array(units.length);
  const draws = 600;
  for (let i = 0; i < draws; i++) {
    const drawn = redrawKernels(trace, selection, rng);
    assert.deepEqual(keptCounts(drawn), before);
    unitsFromSelection(trace, drawn)[id].forEach((bit, unit) => (often[unit] += bit)); // throws on a torn tie
  }
  const share = thirds.find(([group]) => group === id)![1].reduce((a, b) => a + b, 0) / units.length;
  const deviation = Math.sqrt((share * (1 - share)) / draws);
  for (const count of often)
    assert.ok(Math.abs(count / draws - share) < 5 * deviation, `${count} of ${draws}, expected ${share}`);
});
