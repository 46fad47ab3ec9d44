import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import { DataError } from '../../lib/errors.js';
import { projectRoot } from '../session/project-root.js';
import { frontPageFiles } from './front-page.js';
import { thumbnail } from './thumbnail.js';

const folder = path.join(projectRoot, 'notebooks');
const MAX_BYTES = 30_000;

test('the front page is what the committed notebooks make of it; npm run front-page writes it anew', () => {
  const files = frontPageFiles(folder);
  const there = fs.readdirSync(path.join(folder, 'thumbnails')).map((name) => `thumbnails/${name}`);
  assert.deepEqual([...files.keys()].filter((name) => name.endsWith('.png')).sort(), there.sort());
  for (const [name, content] of files) {
    const committed = fs.readFileSync(path.join(folder, name));
    assert.ok(
      committed.equals(Buffer.from(content)),
      `notebooks/${name} is not that of the notebook: npm run front-page`,
    );
    if (name.endsWith('.png')) assert.ok(committed.length <= MAX_BYTES, `${name}: ${committed.length} bytes`);
  }
});

/** A folder with one notebook, whose figure is a PNG of one pixel, and a front page of it. */
function oneNotebook(t: { after(fn: () => void): void }, change: object = {}): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-front-page-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  const title = { text: 'Gain', subtitle: { text: 'from 3 to 7' } };
  const png = PNG.sync.write(new PNG({ width: 1, height: 1 })).toString('base64');
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['gain -4.5 points\n'] },
    {
      output_type: 'display_data',
      metadata: {},
      data: { 'application/vnd.plotly.v1+json': { layout: { title } }, 'image/png': png },
    },
  ];
  const cells = [{ cell_type: 'code', metadata: {}, source: '', execution_count: 1, outputs }];
  const metadata = { modulab: { seconds: 200 } };
  const entry = {
    notebook: '00-one',
    title: 'One',
    question: 'Why?',
    figure: '^Gain$',
    finding: 'By {gain}, {+to} from {from}.',
    values: ['^gain (?<gain>-?[\\d.]+)', 'from (?<from>\\d) to (?<to>\\d)'],
    data: 'No data',
    ...change,
  };
  const cover = { notebook: '00-one', figure: 'Gain' };
  const write = (name: string, content: object) => fs.writeFileSync(path.join(made, name), JSON.stringify(content));
  write('00-one.ipynb', { cells, metadata, nbformat: 4, nbformat_minor: 5 });
  write('front-page.json', { cover, entries: [entry] });
  const marks = ['follows', 'precedes'].map((which) => `npm run front-page ${which === 'follows' ? 'writes' : 'wrote'} what ${which}`); // prettier-ignore
  fs.writeFileSync(path.join(made, 'README.md'), marks.map((mark) => `<!-- ${mark} -->`).join('\nold\n'));
  return made;
}

test('numbers, pictures and times come from the outputs', (t) => {
  const files = frontPageFiles(oneNotebook(t));
  assert.deepEqual([...files.keys()], ['thumbnails/00-one.png', 'thumbnails/cover.png', 'README.md']);
  const page = String(files.get('README.md'));
  assert.match(page, /\*\*Why\?\*\* By −4\.5, \+7 from 3\.\n\n_No data; took 3 min as shown\._/);
  assert.doesNotMatch(page, /old/);
});

test('a notebook without an entry, and what the outputs do not say, is refused', (t) => {
  const refused = (made: string, message: RegExp) =>
    assert.throws(
      () => frontPageFiles(made),
      (error) => error instanceof DataError && message.test(error.message),
    );
  const extra = oneNotebook(t);
  fs.copyFileSync(path.join(extra, '00-one.ipynb'), path.join(extra, '01-two.ipynb'));
  refused(extra, /without an entry: 01-two, without a notebook: none/);
  refused(oneNotebook(t, { notebook: '00-gone' }), /without an entry: 00-one, without a notebook: 00-gone/);
  refused(oneNotebook(t, { figure: 'Loss' }), /title matches Loss, got Gain/);
  refused(oneNotebook(t, { values: ['(?<gain>nothing)'] }), /no output matches/);
  refused(oneNotebook(t, { finding: '{other}' }), /no expression captures 'other'/);
});

test('a thumbnail keeps its colours and shape, and is never enlarged', () => {
  const png = new PNG({ width: 30, height: 10 });
  png.data.forEach((_, i) => (png.data[i] = i % 4 === 3 ? 255 : i % 120 < 60 ? 200 : 16));
  const small = PNG.sync.read(thumbnail(PNG.sync.write(png), 6));
  assert.deepEqual([small.width, small.height], [6, 2]);
  assert.deepEqual([...small.data.subarray(0, 4)], [200, 200, 200, 255]);
  assert.deepEqual([...small.data.subarray(20, 24)], [16, 16, 16, 255]);
  const clear = PNG.sync.read(thumbnail(PNG.sync.write(new PNG({ width: 3, height: 3 })), 50));
  assert.deepEqual([clear.width, ...clear.data.subarray(0, 3)], [3, 255, 255, 255]);
});
