import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceWidth } from './advance-widths.js';
import { textWidth } from './text-width.js';

test('widths out of the table are those that resvg draws', () => {
  for (const text of ['precision', 'Multiply-adds (M)', 'class_07: 93.4 %', 'WWWiii@#', 'airplane / automobile']) {
    for (const bold of [false, true]) {
      const [estimated, drawn] = [advanceWidth(text, 20, bold), textWidth(text, 20, bold)];
      assert.ok(Math.abs(estimated - drawn) < 0.04 * drawn + 2, `${text}: ${estimated} beside ${drawn}`);
    }
  }
});

test('marks take no room, and what is not in the table takes about as much as it is drawn', () => {
  assert.equal(advanceWidth('e\u0301', 10), advanceWidth('e', 10));
  for (const text of ['größer', 'Καλημέρα', 'кошка']) {
    const drawn = textWidth(text, 20);
    assert.ok(Math.abs(advanceWidth(text, 20) - drawn) < 0.15 * drawn, text);
  }
});
