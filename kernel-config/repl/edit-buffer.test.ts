import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EditBuffer } from './edit-buffer.js';

/** A buffer whose text has the cursor where '|' stands. */
function at(text: string): EditBuffer {
  const buffer = new EditBuffer();
  buffer.set(text.replace('|', ''), text.indexOf('|'));
  return buffer;
}
const seen = ({ text, cursor }: EditBuffer) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
function after(text: string, ...keys: ((buffer: EditBuffer) => unknown)[]): string {
  const buffer = at(text);
  for (const key of keys) key(buffer);
  return seen(buffer);
}

test('moves by characters as people see them, words and lines', () => {
  assert.equal(
    after('a👩‍👩‍👧|', (b) => b.left()),
    'a|👩‍👩‍👧',
  );
  assert.equal(
    after('a|e\u0301b', (b) => b.right()),
    'ae\u0301|b',
  );
  assert.equal(
    after('a\n|b', (b) => b.left()),
    'a|\nb',
  );
  assert.equal(
    after('plot.confusion(|', (b) => b.wordLeft()),
    'plot.|confusion(',
  );
  assert.equal(
    after(
      '|plot.confusion',
      (b) => b.wordRight(),
      (b) => b.wordRight(),
    ),
    'plot.confusion|',
  );
  assert.equal(
    after('a\nb|c', (b) => b.lineStart()),
    'a\n|bc',
  );
  assert.equal(
    after('a|b\nc', (b) => b.lineEnd()),
    'ab|\nc',
  );
  assert.equal(
    after('abc\nd|', (b) => b.vertical(-1)),
    'a|bc\nd',
  );
  assert.equal(
    after('abc|\nd', (b) => b.vertical(1)),
    'abc\nd|',
  );
  assert.equal(at('abc|').vertical(1), false);
  assert.equal(at('ab|c').vertical(-1), false);
});

test('deletes and brings back', () => {
  assert.equal(
    after('abc|', (b) => b.deleteLeft()),
    'ab|',
  );
  assert.equal(
    after('|', (b) => b.deleteLeft()),
    '|',
  );
  assert.equal(
    after('x\n    |', (b) => b.deleteLeft()),
    'x\n  |',
  );
  assert.equal(
    after('|abc', (b) => b.deleteRight()),
    '|bc',
  );
  assert.equal(
    after('a bc|', (b) => b.deleteWordLeft()),
    'a |',
  );
  assert.equal(
    after('a |bc d', (b) => b.deleteWordRight()),
    'a | d',
  );
  assert.equal(
    after('x\nab|c', (b) => b.deleteToLineStart()),
    'x\n|c',
  );
  assert.equal(
    after('a|b\nc', (b) => b.deleteToLineEnd()),
    'a|\nc',
  );
  assert.equal(
    after('a|\nc', (b) => b.deleteToLineEnd()),
    'a|c',
  );
  assert.equal(
    after(
      'a bc|',
      (b) => b.deleteWordLeft(),
      (b) => b.lineStart(),
      (b) => b.yank(),
    ),
    'bc|a ',
  );
});

test('takes text without what could move the cursor, and brings closing brackets back', () => {
  assert.equal(
    after('|', (b) => b.insert('a\tb\r\nc\x1b[31m\x07')),
    'a  b\nc[31m|',
  );
  assert.equal(
    after('{\n  |', (b) => b.type('}')),
    '{\n}|',
  );
  assert.equal(
    after('{\n  x|', (b) => b.type('}')),
    '{\n  x}|',
  );
});
