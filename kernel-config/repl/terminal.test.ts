import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Terminal, tmuxProgram } from './terminal.fixture.js';

const tmux = tmuxProgram();
const PROMPT = /(?:^|\n)>$/;

describe('the prompt in a real terminal', { skip: tmux ? false : 'there is no tmux' }, () => {
  let folder: string;
  let terminal: Terminal;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-repl-'));
    const prompt = path.join(__dirname, '..', 'commands', 'repl.js');
    const command = `"${process.execPath}" "${prompt}"; echo "ended with $?"; sleep 100`;
    // wasm is everywhere, and the same
    const environment = { XDG_STATE_HOME: folder, MODULAB_BROWSER: '0', MODULAB_BACKEND: 'wasm', MODULAB_THEME: '' };
    terminal = new Terminal(tmux!, command, folder, environment);
    await terminal.until('the prompt', (screen) => PROMPT.test(screen));
  });
  after(() => {
    terminal.close();
    fs.rmSync(folder, { recursive: true, maxRetries: 5 });
  });

  /** Types an input and waits for the next prompt below something. @returns the screen */
  async function enter(input: string, expected: RegExp): Promise<string> {
    terminal.press('C-l');
    terminal.type(input);
    terminal.press('Enter');
    return terminal.until(String(expected), (screen) => expected.test(screen) && PROMPT.test(screen));
  }

  test('shows values, and type errors with their place', async () => {
    const screen = await enter('1 + 1', /^2$/m);
    assert.equal(screen, '> 1 + 1\n2\n>');
    const error = await enter('const r: string = 5', /TS2322/);
    assert.match(
      error,
      /^Type error: 1:7 - Type 'number' is not assignable to type 'string'\.\n {2}const r.*\n {8}~ TS2322$/m,
    );
  });

  test('Tab completes exports of modulab and members, and lists what there is', async () => {
    terminal.press('C-l');
    terminal.type('splitTr');
    terminal.press('Tab');
    await terminal.until('the completed name', (screen) => screen === '> splitTrainValidation');
    terminal.press('C-c');
    terminal.type('[1].fi');
    terminal.press('Tab', 'Tab');
    const list = await terminal.until(
      'the names',
      (screen) => /^> \[1\]\.fi$/m.test(screen) && /findIndex/.test(screen),
    );
    assert.match(list, /^fill +filter +find +findIndex/m);
    terminal.press('C-c');
  });

  test('goes on with what is incomplete, and takes a paste of several lines as one input', async () => {
    terminal.press('C-l');
    for (const line of ['function twice(a: number) {', 'return 2 * a;', '}']) {
      terminal.type(line);
      terminal.press('Enter');
    }
    await terminal.until('the function', (screen) => PROMPT.test(screen));
    assert.match(terminal.screen(), /^> function twice\(a: number\) \{\n… {3}return 2 \* a;\n… \}\n>$/);
    terminal.press('C-l');
    terminal.paste(
      'const four = await Promise.resolve(twice(2));\nif (four > 3) {\n  console.log("pasted");\n}\nfour * 10',
    );
    await terminal.until('the paste', (screen) => /… four \* 10$/.test(screen));
    terminal.press('Enter');
    await terminal.until('its value', (screen) => /^40$/m.test(screen));
    assert.match(terminal.screen(), /^… four \* 10\npasted\n40\n>$/m);
    terminal.press('C-l', 'Up');
    await terminal.until('the whole input again', (screen) => /^> const four[^]*… four \* 10$/.test(screen));
    terminal.press('C-c');
  });

  test('progress is one line, and Ctrl-C stops a primitive and leaves the session', async () => {
    await enter(
      "await openBackend({ quiet: true }); const data = synthetic({ trainPerClass: 8, testPerClass: 1, seed: 1 }); 'data'",
      /^'data'$/m,
    );
    await enter('const net = models.resNetCifar(8, { width: 1 / 16 }); net.name', /^'.+'$/m);
    const options = '{ epochs: 2, seed: 1, batchSize: 40, onProgress: showProgress() }';
    const done = await enter(`const h = await fit(net, data.train, ${options}); h.history.length`, /^2$/m);
    assert.equal(done.match(/^train/gm)?.length, 1, done);
    assert.match(done, /^train {2}100 %/m);

    terminal.press('C-l');
    terminal.type(`await fit(net, data.train, ${options.replace('epochs: 2', 'epochs: 9999')})`);
    terminal.press('Enter');
    await terminal.until('progress', (screen) => /^train {2}\d+ %/m.test(screen));
    terminal.press('C-c');
    const stopped = await terminal.until('the end', (screen) => /Training stopped/.test(screen) && PROMPT.test(screen));
    assert.match(stopped, /^Interrupted: Training stopped in epoch \d+ of 9999/m);
    terminal.press('C-l');
    terminal.type('for (;;) {}');
    terminal.press('Enter');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    terminal.press('C-c');
    await terminal.until('the end of the loop', (screen) =>
      /Interrupted: The cell was interrupted\.[^]*\n>$/.test(screen),
    );
    await enter('twice(four)', /^8$/m);
  });

  test('figures are text where there is no browser, tables always', async () => {
    const chart = await enter('plot.trainingCurve(h.history).show()', /epoch +2$/m);
    assert.match(chart, /^loss \(nats\)\n● training loss\n[ \d.]+┤●/m);
    const text = await enter("plot.table([{ class: 'cat', f1: 0.25 }]).show()", /^cat/m);
    assert.match(text, /^class {3}f1\n─+ {2}─+\ncat +0\.3\n>$/m);
  });

  test('commands', async () => {
    assert.match(await enter('.help', /Ctrl-D ends\.$/m), /^\.type EXPRESSION +shows its type/m);
    assert.match(await enter('.type twice(1)', /^number$/m), /^number$/m);
    assert.match(await enter('.nonsense', /no command/), /There is no command \.nonsense/);
    await enter('.save inputs.ts', /^Saved \d+ inputs/m);
    assert.match(fs.readFileSync(path.join(folder, 'inputs.ts'), 'utf8'), /^1 \+ 1\nfunction twice/);
    fs.writeFileSync(path.join(folder, 'more.ts'), 'const more = four + 1;\nmore * 100;\n');
    await enter('.load more.ts', /^500$/m);
    await enter('.load nowhere.ts', /ENOENT/);
    terminal.press('C-l');
    terminal.type('.editor');
    terminal.press('Enter');
    for (const line of ['const x = 1', 'x + more']) {
      terminal.type(line);
      terminal.press('Enter');
    }
    terminal.press('C-d');
    await terminal.until('the value of the block', (screen) => /^6$/m.test(screen));
  });

  test('Ctrl-D ends; the history is kept for the user alone', async () => {
    await terminal.until('the prompt', (screen) => PROMPT.test(screen));
    terminal.press('C-d');
    await terminal.until('the end', (screen) => /^ended with 0$/m.test(screen));
    const file = path.join(folder, 'modulab', 'repl-history');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.match(fs.readFileSync(file, 'utf8'), /^"1 \+ 1"$/m);
  });
});
