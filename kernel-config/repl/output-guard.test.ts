import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { lastLine, OutputGuard } from './output-guard.js';

function stream(): Writable & { text: string } {
  const made = new Writable({ write: (chunk, _, done) => ((made.text += String(chunk)), done()) }) as Writable & {
    text: string;
  };
  made.text = '';
  return made;
}

test('the last line is what an overwritten one ends as', () => {
  assert.equal(lastLine('', 'a\nb'), 'b');
  assert.equal(lastLine('b', 'c'), 'bc');
  assert.equal(lastLine('b', '\r\x1b[2Kc'), '\x1b[2Kc');
  assert.equal(lastLine('b', 'c\n'), '');
  assert.equal(lastLine('b', '\r\x1b[2K'), '');
});

test('a line without an end is ended before the prompt', () => {
  const out = stream();
  const guard = new OutputGuard([out]);
  out.write('half');
  guard.endLine();
  guard.endLine();
  guard.direct('> ');
  assert.equal(out.text, 'half\n> ');
});

test('output goes above the prompt, and a line written over and over stays one line', () => {
  const [out, err] = [stream(), stream()];
  const guard = new OutputGuard([out, err]);
  guard.around((write) => {
    guard.direct('[clear]');
    write();
    guard.direct('[prompt]');
  });
  out.write('done\n');
  err.write('\r\x1b[2K10 %');
  err.write('\r\x1b[2K20 %\n');
  assert.equal(out.text, '[clear]done\n[prompt][clear][prompt][clear][prompt]');
  assert.equal(err.text, '\r\x1b[2K10 %\r\n\x1b[A\r\x1b[2K\x1b[2K10 %\r\x1b[2K20 %\n');
  guard.release();
  out.write('free');
  assert.ok(out.text.endsWith('free'));
});
