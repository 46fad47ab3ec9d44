import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut, PromptScreen } from './prompt-screen.js';

const MARKS = { first: '> ', further: '… ' };

test('rows are broken where the terminal would break them', () => {
  assert.deepEqual(layOut('abc', 1, MARKS, 10), { rows: ['> abc'], row: 0, column: 3 });
  assert.deepEqual(layOut('a\nb', 3, MARKS, 10), { rows: ['> a', '… b'], row: 1, column: 3 });
  assert.deepEqual(layOut('12345678901', 11, MARKS, 10), { rows: ['> 12345678', '901'], row: 1, column: 3 });
  assert.deepEqual(layOut('12345678', 8, MARKS, 10), { rows: ['> 12345678', ''], row: 1, column: 0 });
  assert.deepEqual(layOut('日本語日本', 5, MARKS, 11), { rows: ['> 日本語日', '本'], row: 1, column: 2 });
  assert.deepEqual(layOut('', 0, MARKS, 10), { rows: ['> '], row: 0, column: 2 });
});

test('a text higher than the screen is shown about the cursor, and in full when it is left', () => {
  const written: string[] = [];
  const screen = new PromptScreen({ columns: 20, rows: 6, write: (text) => written.push(text) });
  const text = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n');
  screen.draw(text, text.length, MARKS);
  assert.equal(written[0].split('\r\n').length, 5);
  assert.match(written[0], /line 29/);
  screen.draw(text, 0, MARKS);
  assert.match(written[1], /line 0\r\n/);
  screen.leave(text, MARKS);
  assert.equal(written[2].split('\r\n').length, 31);
});
