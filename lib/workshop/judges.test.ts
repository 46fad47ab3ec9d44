import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeChoice } from './judges/judge-choice.js';
import { judgeFields } from './judges/judge-fields.js';
import { judgeFunction } from './judges/judge-function.js';
import { judgeNumber } from './judges/judge-number.js';
import { judgeNumbers } from './judges/judge-numbers.js';
import { isOpen, type Verdict } from './judges/verdict.js';

const textOf = (verdict: Verdict) => (verdict.kind === 'open' ? 'open' : `${verdict.kind}: ${String(verdict.text)}`);

test('numbers: tolerance, units, signs, complements, inverses', () => {
  const share = (answer: unknown) => textOf(judgeNumber(answer, { value: 0.8, unit: 'fraction', praise: 'yes' }));
  assert.equal(share(0.8001), 'right: yes');
  assert.match(share(80), /percent/);
  assert.match(share(0.2), /rest/);
  assert.match(share(-0.8), /sign/);
  assert.match(share(1.25), /upside down/);
  assert.match(share(NaN), /divided by 0/);
  assert.equal(share(0.7), 'wrong: null');
  const points = (answer: unknown) => textOf(judgeNumber(answer, { value: 12, unit: 'points', praise: 'yes' }));
  assert.match(points(0.12), /fraction/);
  assert.equal(points(88), 'wrong: null');
});

test('names: unknown, wrong, slips, capitals', () => {
  const truth = { accepted: ['cat'], known: ['cat', 'dog'], slips: [['dog', 'it barks']] as const, praise: 'yes' };
  assert.equal(textOf(judgeChoice(' Cat', truth)), 'right: yes');
  assert.equal(textOf(judgeChoice('dog', truth)), 'wrong: it barks');
  assert.match(textOf(judgeChoice('cow', truth)), /no 'cow'.*cat, dog/);
  assert.match(textOf(judgeChoice(1, truth)), /name in quotes/);
});

test('fields: the first that is wrong or missing is named', () => {
  const fields = {
    a: (value: unknown) => judgeNumber(value, { value: 1, unit: 'number', praise: '' }),
    b: (value: unknown) => judgeNumber(value, { value: 2, unit: 'number', praise: '' }),
  };
  assert.equal(textOf(judgeFields({ a: 1, b: 2 }, fields, 'yes')), 'right: yes');
  assert.match(textOf(judgeFields({ a: 1, b: null }, fields, 'yes')), /missing.*`b`/);
  assert.match(textOf(judgeFields({ a: 1, b: 7 }, fields, 'yes')), /`b`: not that/);
  assert.match(textOf(judgeFields(3, fields, 'yes')), /\{ a, b \}/);
});

test('lists: length, a slip of another length, typed arrays', () => {
  const truth = { values: [1, 2, 3], per: 'kernel', slips: [[[4, 5], 'other axis']] as const, praise: 'yes' };
  assert.equal(textOf(judgeNumbers(Float32Array.of(1, 2, 3), truth)), 'right: yes');
  assert.equal(textOf(judgeNumbers([4, 5], truth)), 'wrong: other axis');
  assert.match(textOf(judgeNumbers([1, 2], truth)), /Expected 3 numbers, one for each kernel, got 2/);
  assert.match(textOf(judgeNumbers(['1'], truth)), /list of numbers/);
});

test('functions: open while they return null, the failing case is named', () => {
  const cases = [2, 3].map((n) => ({
    args: [n],
    about: `for ${n}`,
    judge: (result: unknown) => judgeNumber(result, { value: n * n, unit: 'number', praise: 'yes' }),
  }));
  assert.equal(textOf(judgeFunction((n: number) => n * n, cases)), 'right: yes');
  assert.equal(textOf(judgeFunction(() => null, cases)), 'open');
  assert.match(textOf(judgeFunction((n: number) => (n === 2 ? 4 : null), cases)), /nothing for 3/);
  assert.match(textOf(judgeFunction((n: number) => (n === 2 ? 4 : -9), cases)), /for 3: .*sign/);
  assert.match(
    textOf(
      judgeFunction(() => {
        throw new Error('no such row');
      }, cases),
    ),
    /failed for 2: no such row/,
  );
  assert.match(textOf(judgeFunction(4, cases)), /function itself/);
});

test('class instances and functions are answers, not placeholders', () => {
  assert.equal(isOpen(new Map()), false);
  assert.equal(
    isOpen(() => null),
    false,
  );
  assert.equal(isOpen(0), false);
  assert.equal(isOpen(''), false);
});
