import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { randomSelection } from './test-models.fixture.js';
import { traceModel, unitsFromSelection } from './trace.js';
import { widenSelection } from './widen-selection.js';

before(async () => {
  await openBackend({ quiet: true });
});

test('a widened selection keeps what it kept, in multiples of the block or in full', () => {
  const model = resNet20({ width: 0.5 });
  const trace = traceModel(model);
  model.dispose();
  const count = (bits: Uint8Array) => bits.reduce((sum, bit) => sum + bit, 0);
  for (const [seed, block] of [
    [1, 1],
    [2, 4],
    [3, 16],
    [4, 5],
  ]) {
    const selection = randomSelection(trace, 0.5, seed);
    const narrow = unitsFromSelection(trace, selection);
    const wide = unitsFromSelection(trace, widenSelection(trace, selection, block));
    for (const [id, bits] of Object.entries(wide)) {
      assert.ok(bits.every((bit, i) => bit >= narrow[id][i]));
      assert.equal(count(bits), Math.min(bits.length, Math.ceil(count(narrow[id]) / block) * block));
    }
  }
});
