import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { DataError, InterruptedError } from '../../lib/errors.js';
import { cellFileName, failureOf, typeFailure } from './cell-failure.js';

/** What a cell with this compiled code throws. */
function thrownBy(code: string): unknown {
  try {
    vm.runInThisContext(`(() => {\n${code}\n})()`, { filename: cellFileName(7), displayErrors: false });
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test("an error is told with the cell's line and no frame of the kernel", () => {
  const code = 'function inner() { throw new RangeError("too far"); }\ninner();';
  const failure = failureOf(thrownBy(code), `(() => {\n${code}\n})()`);
  assert.deepEqual(failure, {
    ename: 'RangeError',
    evalue: 'too far',
    traceback: [
      'RangeError: too far',
      '  in: function inner() { throw new RangeError("too far"); }',
      '    at inner (cell [7])',
    ],
  });
});

test('what the compilation added to a line is left out', () => {
  const error = new Error('no');
  error.stack = 'Error: no\n    at cell [2]:1:3';
  const line = 'exports.report = await (0, modulab_1.evaluate)(exports.model, test);';
  assert.deepEqual(failureOf(error, line).traceback[1], '  in: report = await evaluate(model, test);');
});

test("modulab's own errors are their message, without a stack", () => {
  const { traceback } = failureOf(new DataError('a.bin: expected 10 bytes, got 3.'), '');
  assert.deepEqual(traceback, ['DataError: a.bin: expected 10 bytes, got 3.']);
});

test('an interrupt is told by what was stopped, and how to go on', () => {
  const told = (error: unknown) => failureOf(error, '').traceback;
  assert.deepEqual(told(new InterruptedError("Training stopped; the next call with checkpoint 'a' goes on.")), [
    "Interrupted: Training stopped; the next call with checkpoint 'a' goes on. The variables of earlier cells are still there.",
  ]);
  assert.match(
    told(new Error('Interrupted asynchronously')).join('\n'),
    /^Interrupted: The cell was interrupted\. .*$/,
  );
});

test('anything can be thrown, and causes are named', () => {
  assert.equal(failureOf({ a: 1 }, '').evalue, '{ a: 1 }');
  assert.equal(failureOf(undefined, '').evalue, 'undefined');
  const { traceback } = failureOf(new Error('outer', { cause: new TypeError('inner') }), '');
  assert.equal(traceback.at(-1), 'caused by TypeError: inner');
});

test('no control character of a message reaches the notebook', () => {
  const { evalue, traceback } = failureOf(new Error('class \x1b[31m\u009bred\x07\nnext'), '');
  assert.equal(evalue, 'class \ufffd[31m\ufffdred\ufffd\nnext');
  assert.doesNotMatch(traceback.join('\n'), /\x1b/);
});

test('what the type checker finds is one failure', () => {
  const { evalue, traceback } = typeFailure(['1:2 - first', '3:4 - second']);
  assert.equal(evalue, '1:2 - first');
  assert.deepEqual(traceback, ['Type error: 1:2 - first', '3:4 - second']);
});
