import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HistoryFile, stateFolder } from './history-file.js';
import { HistoryWalk } from './history-walk.js';

let folder: string;
before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'))));
after(() => fs.rmSync(folder, { recursive: true }));

describe('the history on disk', () => {
  test('is kept for the user alone, inputs of several lines included', () => {
    const own = path.join(folder, 'state', 'modulab');
    const history = new HistoryFile(own);
    for (const entry of ['1 + 1', 'f(\n  2,\n)', 'f(\n  2,\n)', ' secret', '', '"\u2028"']) history.add(entry);
    assert.deepEqual(new HistoryFile(own).entries, ['1 + 1', 'f(\n  2,\n)', '"\u2028"']);
    const file = path.join(own, 'repl-history');
    if (process.platform !== 'win32') {
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      assert.equal(fs.statSync(own).mode & 0o777, 0o700);
      fs.chmodSync(file, 0o644);
      assert.equal(new HistoryFile(own).entries.length, 3);
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    }
  });

  test('may be damaged, too long, or not there to be written', () => {
    const own = path.join(folder, 'damaged');
    fs.mkdirSync(own);
    const lines = Array.from({ length: 2500 }, (_, i) => JSON.stringify(`x${i}`));
    fs.writeFileSync(path.join(own, 'repl-history'), ['{"no": "text"}', 'half a li', ...lines, ''].join('\n'));
    const history = new HistoryFile(own);
    assert.equal(history.entries.length, 1000);
    assert.equal(history.entries.at(-1), 'x2499');
    assert.equal(new HistoryFile(own).entries.length, 1000);
    fs.writeFileSync(path.join(folder, 'a file'), '');
    for (const nowhere of [path.join(folder, 'a file', 'x'), null]) {
      const none = new HistoryFile(nowhere);
      none.add('1');
      assert.deepEqual(none.entries, ['1']);
    }
  });

  test('stands where XDG says', () => {
    const given = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = path.join(folder, 'xdg');
    assert.equal(stateFolder(), path.join(folder, 'xdg', 'modulab'));
    if (given === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = given;
  });
});

test('going through the history', () => {
  const walk = new HistoryWalk(['fit(a)', 'x', 'fit(b)', 'fit(b)']);
  assert.equal(walk.step(-1, 'fit'), 'fit(b)');
  assert.equal(walk.step(-1, 'fit(b)'), 'fit(a)');
  assert.equal(walk.step(-1, 'fit(a)'), null);
  assert.equal(walk.step(1, 'fit(a)'), 'fit(b)');
  assert.equal(walk.step(1, 'fit(b)'), 'fit');
  assert.equal(walk.step(1, 'fit'), null);
  walk.leave();
  assert.equal(walk.step(-1, ''), 'fit(b)');
  assert.deepEqual(walk.search('a', 4), { entry: 'fit(a)', index: 0 });
  assert.equal(walk.search('nowhere', 4), null);
  assert.equal(walk.search('', 4), null);
});
