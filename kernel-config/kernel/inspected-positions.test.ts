import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectedPositions } from './inspected-positions.js';

/** The word at the last position that is looked at. */
function calledAt(marked: string): string | undefined {
  const cursor = marked.indexOf('|');
  const code = marked.replace('|', '');
  const positions = inspectedPositions(code, cursor);
  return positions.length < 3 ? undefined : /[\w$]+$/.exec(code.slice(0, positions[2] + 1))?.[0];
}

test('the cursor asks about the function whose arguments it stands in', () => {
  assert.equal(calledAt('await fit(|'), 'fit');
  assert.equal(calledAt('await fit(model, test, { seed: 1, |'), 'fit');
  assert.equal(calledAt('fit(build({ width: 1 }), [a, b], |)'), 'fit');
  assert.equal(calledAt('fit(build(|'), 'build');
  assert.equal(calledAt('fit((|'), 'fit');
  assert.equal(calledAt('const x = |'), undefined);
  assert.deepEqual(inspectedPositions('', 0), [0]);
});
