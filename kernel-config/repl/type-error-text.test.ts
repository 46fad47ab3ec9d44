import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeErrorText } from './type-error-text.js';

const at = (line: number, from: number, to: number, messageText: string, fileName?: string) => ({
  start: { line, character: from },
  end: { line, character: to },
  messageText,
  code: 2322,
  fileName,
});

test('type errors point at their place, with their reasons', () => {
  assert.equal(
    typeErrorText('const a: string = 5', [at(0, 6, 7, 'Not assignable.'), at(0, 6, 7, 'Because of this.')]),
    '  const a: string = 5\n        ~\n  Not assignable. (TS2322)\n    Because of this.',
  );
  assert.equal(typeErrorText('1;\nab;', [at(1, 0, 2, 'What?')]), 'line 2:\n  ab;\n  ~~\n  What? (TS2322)');
  assert.equal(typeErrorText('1', [at(4, 2, 2, 'There.', 'lib.ts')]), 'lib.ts:5:3\n  There. (TS2322)');
});

test('very many errors are counted', () => {
  const text = typeErrorText(
    'x',
    Array.from({ length: 12 }, (_, i) => at(0, i, i + 1, `error ${i}`)),
  );
  assert.match(text, /error 4 \(TS2322\)\n… and 7 more errors$/);
});
