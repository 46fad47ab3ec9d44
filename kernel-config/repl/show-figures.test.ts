import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { DisplayItem } from '../../lib/run/display-target.js';
import type { Opener } from './browser.js';
import { FigureDisplay } from './show-figures.js';

let lines: string[];
let display: FigureDisplay | undefined;
let folder: string;
const home = process.cwd();

beforeEach(() => {
  lines = [];
  mock.method(console, 'log', (line: string) => lines.push(line));
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'figures-'));
  process.chdir(folder);
});
afterEach(() => {
  mock.restoreAll();
  display?.close();
  process.chdir(home);
  fs.rmSync(folder, { recursive: true });
});

const bars: DisplayItem = {
  kind: 'figure',
  title: 'Bars\x1b[2J',
  text: 'in words',
  figure: { data: [{ type: 'bar', x: ['a', 'b'], y: [1, 2] }], layout: {} },
  png: () => Buffer.from('png'),
};
const picture: DisplayItem = { kind: 'picture', title: 'A picture', text: 'in words', png: () => Buffer.from('png') };
const cells: DisplayItem = { kind: 'table', title: 'Table', text: 'a\n─\n1', html: () => '<table></table>' };
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('without a browser: a text chart, or words and the file of the picture', () => {
  display = new FigureDisplay(() => 40, null);
  for (const item of [bars, picture, cells]) display.show(item);
  assert.match(lines[0], /^Bars\n\na █+▊? +1\nb █+ 2$/);
  assert.equal(lines[1], `in words\n  → ${path.join('out', 'figures', 'a-picture.png')}`);
  assert.equal(fs.readFileSync(path.join('out', 'figures', 'a-picture.png'), 'utf8'), 'png');
  assert.equal(lines[2], 'a\n─\n1');
});

test('with one: its address is said and opened once, tables stay in the terminal', async () => {
  const note = path.join(folder, 'opened');
  const opener: Opener = [
    process.execPath,
    '-e',
    'require("fs").appendFileSync(process.argv[1], process.argv[2] + "\\n")',
    note,
  ];
  display = new FigureDisplay(() => 40, opener);
  display.show(cells);
  display.show(bars);
  display.show(picture);
  await until(() => fs.existsSync(note) && fs.readFileSync(note, 'utf8').endsWith('\n'));
  const [url, ...more] = fs.readFileSync(note, 'utf8').trim().split('\n');
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{8}\/open\/[\w-]{32}$/);
  assert.deepEqual(more, []);
  assert.deepEqual(lines, [
    'a\n─\n1',
    'figure 2 on the page: Bars',
    'figure 3 on the page: A picture',
    `figures: ${url}`,
  ]);
  assert.match(await display.address(), /^http:/);
});

test('a browser that does not open is said, and figures are text from then on', async () => {
  display = new FigureDisplay(() => 40, ['/nowhere/browser']);
  display.show(bars);
  await until(() => lines.length === 4);
  assert.match(lines[1], /^figures: http:/);
  assert.match(lines[2], /has not opened a browser/);
  assert.match(lines[3], /^Bars\n/);
  display.show(bars);
  assert.match(lines[4], /^Bars\n/);
});
