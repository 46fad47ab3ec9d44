import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellText } from './cell-text.js';

function recorded() {
  const sent: [string, string][] = [];
  const text = new CellText((name, part) => sent.push([name, part]));
  return { sent, text, out: text.writer('stdout'), err: text.writer('stderr') };
}

test('thousands of lines are a few messages, in order, and none is lost', () => {
  const { sent, text, out } = recorded();
  const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`);
  lines.forEach((line) => out(line));
  text.flush();
  assert.equal(sent.map(([, part]) => part).join(''), lines.join(''));
  assert.ok(sent.length < 500, `${sent.length} messages`);
});

test('the first line goes out at once, the rest when asked or after a while', async () => {
  const { sent, out } = recorded();
  out('first\n');
  assert.deepEqual(sent, [['stdout', 'first\n']]);
  out('second\n');
  out('third\n');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(sent.slice(1), [['stdout', 'second\nthird\n']]);
});

test('the two streams keep their order', () => {
  const { sent, text, out, err } = recorded();
  out('a');
  out('b');
  err('c');
  out('d');
  text.flush();
  assert.deepEqual(sent.slice(1), [
    ['stdout', 'b'],
    ['stderr', 'c'],
    ['stdout', 'd'],
  ]);
});

test('characters that are cut in two arrive whole, and callers hear that they were taken', async () => {
  const { sent, text, out } = recorded();
  const bytes = Buffer.from('é€');
  for (const byte of bytes) out(Buffer.from([byte]));
  await new Promise<void>((resolve) => out('!', resolve));
  await new Promise<void>((resolve) => out('?', 'utf8', resolve));
  text.flush();
  assert.equal(sent.map(([, part]) => part).join(''), 'é€!?');
});
