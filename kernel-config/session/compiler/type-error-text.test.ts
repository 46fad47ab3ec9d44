import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeErrorLines } from './type-error-text.js';

const at = (line: number, from: number, to: number, messageText: string, fileName?: string) => ({
  start: { line, character: from },
  end: { line, character: to },
  messageText,
  code: 2322,
  fileName,
});

test('type errors point at their place, with their reasons', () => {
  assert.deepEqual(
    typeErrorLines('const a: string = 5', [at(0, 6, 7, 'Not assignable.'), at(0, 6, 7, 'Because of this.')]),
    ['1:7 - Not assignable.', '  const a: string = 5', '        ~ TS2322', '  Because of this.'],
  );
  assert.deepEqual(typeErrorLines('1;\nab;', [at(1, 0, 2, 'What?')]), ['2:1 - What?', '  ab;', '  ~~ TS2322']);
  assert.deepEqual(typeErrorLines('1', [at(4, 2, 2, 'There.', 'lib.ts')]), ['lib.ts 5:3 - There.']);
});

test('very many errors are counted, and a very long line is cut', () => {
  const errors = Array.from({ length: 12 }, (_, i) => at(0, i, i + 1, `error ${i}`));
  assert.equal(typeErrorLines('x', errors).at(-1), '… and 7 more errors');
  const long = typeErrorLines('x'.repeat(1000), [at(0, 0, 1000, 'Long.')]);
  assert.ok(long.every((line) => line.length < 200));
});
