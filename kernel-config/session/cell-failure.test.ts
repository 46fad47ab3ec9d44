import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { DataError, InterruptedError } from '../../lib/errors.js';
import { cellFileName, failureOf, typeFailure } from './cell-failure.js';
import { projectRoot } from './project-root.js';
import { GivenUp } from './running/given-up.js';
import { SourcePlaces } from './running/source-places.js';

const nowhere = new SourcePlaces();

/** What a cell throws. */
function thrownBy(code: string): unknown {
  try {
    vm.runInThisContext(`(() => {\n${code}\n})()`, { filename: cellFileName(7), lineOffset: -1, displayErrors: false });
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test("an error is told with the cell's line and no frame of the kernel", () => {
  const code = 'function inner() {\n  throw new RangeError("too far");\n}\ninner();';
  const places = new SourcePlaces();
  places.add(cellFileName(7), code, '');
  assert.deepEqual(failureOf(thrownBy(code), places), {
    ename: 'RangeError',
    evalue: 'too far',
    traceback: [
      'RangeError: too far',
      '  cell [7], line 2: throw new RangeError("too far");',
      '    at inner (cell [7], line 2)',
    ],
  });
});

test("modulab's own errors are their message, without a stack", () => {
  const { traceback } = failureOf(new DataError('a.bin: expected 10 bytes, got 3.'), nowhere);
  assert.deepEqual(traceback, ['DataError: a.bin: expected 10 bytes, got 3.']);
});

test('an interrupt is told by what was stopped, and how to go on', () => {
  const told = (error: unknown) => failureOf(error, nowhere).traceback;
  assert.deepEqual(told(new InterruptedError("Training stopped; the next call with checkpoint 'a' goes on.")), [
    "Interrupted: Training stopped; the next call with checkpoint 'a' goes on. The variables of earlier cells are still there.",
  ]);
  assert.match(told(new GivenUp()).join('\n'), /^Interrupted: The cell was interrupted\. .*$/);
});

test('anything can be thrown, and causes are named', () => {
  assert.equal(failureOf({ a: 1 }, nowhere).evalue, '{ a: 1 }');
  assert.equal(failureOf(undefined, nowhere).evalue, 'undefined');
  const { traceback } = failureOf(new Error('outer', { cause: new TypeError('inner') }), nowhere);
  assert.equal(traceback.at(-1), 'caused by TypeError: inner');
});

test('no control character of a message reaches the notebook, nor does the folder of the project', () => {
  const { evalue, traceback } = failureOf(new Error('class \x1b[31m\u009bred\x07\nnext'), nowhere);
  assert.equal(evalue, 'class \ufffd[31m\ufffdred\ufffd\nnext');
  assert.doesNotMatch(traceback.join('\n'), /\x1b/);
  const failure = failureOf(new Error(`no ${projectRoot}/data/a.bin`), nowhere);
  assert.equal(failure.evalue, 'no ./data/a.bin');
  assert.ok(!failure.traceback.join('\n').includes(projectRoot));
});

test('what the type checker finds is one failure', () => {
  const { evalue, traceback } = typeFailure(['1:2 - first', '3:4 - second']);
  assert.equal(evalue, '1:2 - first');
  assert.deepEqual(traceback, ['Type error: 1:2 - first', '3:4 - second']);
});
