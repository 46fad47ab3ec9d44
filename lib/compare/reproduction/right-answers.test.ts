import assert from 'node:assert/strict';
import { test } from 'node:test';
import { synthetic } from '../../datasets/synthetic.js';
import { accuracyOf, packAnswers, pairedAnswers, rightAnswers, unpackAnswers } from './right-answers.js';

test('the highest score wins, of equals the first', () => {
  const set = { ...synthetic({ trainPerClass: 1, testPerClass: 1 }).test, classNames: ['a', 'b'] };
  const labels = Int32Array.of(0, 1, 0, 1);
  assert.deepEqual(rightAnswers(Float32Array.of(2, 1, 2, 1, 1, 1, 1, 1), { ...set, labels }), [
    true,
    false,
    true,
    false,
  ]);
});

test('packed answers come back, whatever their number', () => {
  for (const images of [0, 1, 7, 8, 9, 100]) {
    const right = Array.from({ length: images }, (_, i) => (i * i) % 3 === 1);
    assert.deepEqual(unpackAnswers(packAnswers(right)), right);
  }
  const [a, b] = [packAnswers([true, true, false, true]), packAnswers([false, true, true, false])];
  assert.equal(a.right, 'd0');
  assert.equal(accuracyOf(a), 75);
  assert.deepEqual(pairedAnswers(a, b), { images: 4, onlyFirst: 2, onlySecond: 1 });
});
