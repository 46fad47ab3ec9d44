/** The program as it is typed: on a Teachable Machine export and folders of pictures. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { synthetic } from '../../../lib/datasets/synthetic.js';
import { saveModel } from '../../../lib/models/save-model.js';
import { NO_BROWSER, openBrowser, openPage } from '../../../lib/plot/testing/headless-browser.fixture.js';
import { asPng } from './pictures.fixture.js';
import { teachableMachineModel } from './teachable-machine.fixture.js';

const PROGRAM = path.join(__dirname, '..', 'modulab.js');
const CLASSES = ['disc', 'ring', 'square'];

let folder: string;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in the test's folder. @param onError looks at what it has said on stderr so far, and may stop it */
function modulab(args: readonly string[], onError?: (said: string, interrupt: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString();
    onError?.(said.stderr, () => child.kill('SIGINT'));
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

const file = (...names: string[]): string => fs.readFileSync(path.join(folder, ...names), 'utf8');

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-program-'));
  const { test: images } = synthetic({ trainPerClass: 1, testPerClass: 12, seed: 1 });
  for (const [i, label] of images.labels.entries()) {
    const name = CLASSES[label];
    if (name === undefined) continue;
    fs.mkdirSync(path.join(folder, 'photos', name), { recursive: true });
    fs.writeFileSync(path.join(folder, 'photos', name, `${i}.png`), asPng(images, i));
  }
  const model = teachableMachineModel(CLASSES.length);
  await saveModel(model, path.join(folder, 'tm'));
  model.dispose();
  fs.writeFileSync(
    path.join(folder, 'tm', 'metadata.json'),
    JSON.stringify({ tfjsVersion: '1', labels: CLASSES, imageSize: 32 }),
  );
});
after(() => fs.rmSync(folder, { recursive: true }));

describe('modulab', { concurrency: 2 }, () => {
  test('diagnose ends with a page, tables and JSON, and has nothing to do the second time', async (t) => {
    const first = await modulab(['diagnose', 'tm/model.json', 'photos']);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^Accuracy .* on 36 images\.\nWeakest class: /);
    assert.match(first.stdout, /Open modulab-diagnose\/report\.html in a browser\. Beside it: .*classes\.csv/);
    assert.match(first.stderr, /^modulab computes with .*\n(read images .*\n)+look at the images .*in all/);
    const page = file('modulab-diagnose', 'report.html');
    assert.match(page, /<h1>How well does tm\/model\.json know its classes\?<\/h1>/);
    assert.match(page, /The model was right on <b>\d+ of 36<\/b> pictures\./);
    assert.doesNotMatch(page, /src="https?:|href="https?:/);
    assert.match(file('modulab-diagnose', 'classes.csv'), /^class,images,predicted,.*\r\ndisc,12,/);
    assert.equal(file('modulab-diagnose', 'images.csv').trim().split('\n').length, 37);
    const { report, manifest } = JSON.parse(file('modulab-diagnose', 'result.json')) as {
      report: { classNames: string[] };
      manifest: { options: { normalisation: { mean: number[] } } };
    };
    assert.deepEqual(report.classNames, CLASSES);
    assert.deepEqual(manifest.options.normalisation.mean, [0.5, 0.5, 0.5], 'as Teachable Machine trains');

    const second = await modulab(['diagnose', 'tm/model.json', 'photos', '--json']);
    assert.deepEqual(
      [second.code, JSON.parse(second.stdout)],
      [0, JSON.parse(file('modulab-diagnose', 'result.json'))],
    );
    assert.match(second.stderr, /Nothing to do/);
    const other = await modulab(['diagnose', 'tm/model.json', 'photos', '--seed', '2']);
    assert.deepEqual([other.code, other.stdout], [2, '']);
    assert.match(other.stderr, /another call .*--force/);

    await t.test('the page draws its figures in a browser and asks for nothing', { skip: NO_BROWSER }, async () => {
      const browser = await openBrowser();
      try {
        const watched = await openPage(browser);
        const { page: shown, complaints, foreign } = watched;
        await shown.goto(pathToFileURL(path.join(folder, 'modulab-diagnose', 'report.html')).href);
        await shown.waitForFunction(() => document.querySelectorAll('.modulab-figure .main-svg').length > 3);
        const figures = await shown.locator('.modulab-figure').count();
        assert.ok(figures >= 4, `${figures} figures`);
        assert.equal(await shown.locator('.modulab-figure:has(.main-svg)').count(), figures);
        assert.ok((await shown.locator('.pictures img').count()) > 0);
        const wide = await shown.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, 'the page is no wider than the window');
        await watched.screenshot('modulab-diagnose');
        assert.deepEqual([complaints, foreign], [[], []]);
      } finally {
        await browser.close();
      }
    });
  });

  test('evaluate as JSON prints nothing else; predict names pictures that have no class', async () => {
    const evaluated = await modulab(['evaluate', 'tm', 'photos', '--json', '--out', 'evaluated', '--per-class', '2']);
    assert.equal(evaluated.code, 0, evaluated.stderr);
    const { report } = JSON.parse(evaluated.stdout) as { report: { images: number } };
    assert.equal(report.images, 6);
    const list = fs.readdirSync(path.join(folder, 'photos')).flatMap((name) => {
      const files = fs.readdirSync(path.join(folder, 'photos', name));
      return files.map((file) => `photos/${name}/${file};${name}`);
    });
    fs.writeFileSync(path.join(folder, 'list.csv'), list.join('\n'));
    const listed = await modulab(['evaluate', 'tm', '.', '--labels', 'list.csv', '--json', '--out', 'listed']);
    assert.equal(listed.code, 0, listed.stderr);
    assert.equal((JSON.parse(listed.stdout) as { report: { images: number } }).report.images, list.length);
    const single = path.join('photos', 'disc', fs.readdirSync(path.join(folder, 'photos', 'disc'))[0] ?? '');
    const one = await modulab(['predict', 'tm', single, '--out', 'predicted']);
    assert.equal(one.code, 0, one.stderr);
    assert.match(one.stdout, /^\d+\.png: (disc|ring|square) \(\d+(\.\d)? % sure\)\n/);
    assert.match(file('predicted', 'predictions.csv'), /^picture,guess 1,sure 1 \(%\),guess 2/);
  });

  test('what is wrong with a call is said: 2 for the call, 1 for what it found', async () => {
    for (const [args, code, message] of [
      [['diagnose'], 2, /Expected a model and images, got nothing.*\nUsage: modulab diagnose MODEL IMAGES/s],
      [['diagnose', 'tm', 'photos', '--seed', 'x'], 2, /--seed: expected a whole number/],
      [['evaluate', 'tm', 'photos', '--range', '0-1'], 2, /--range: expected unit, signed, bytes, imagenet, got '0-1'/],
      [['evaluat', 'tm', 'photos'], 2, /no command 'evaluat'/],
      [['evaluate', 'nowhere.json', 'photos'], 1, /nowhere\.json/],
      [['evaluate', 'tm', 'no-photos', '--out', 'wrong'], 1, /no-photos/],
    ] as const) {
      const ended = await modulab(args);
      assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
      assert.doesNotMatch(ended.stderr, /\n {4}at /, 'no stack');
    }
  });

  test('a run that is stopped ends with 130, and the same command ends as if it had not been', async () => {
    const args = ['treat', 'tm', 'photos', '--preset', 'laptop', '--seeds', '2'];
    const whole = await modulab([...args, '--out', 'whole']);
    assert.equal(whole.code, 0, whole.stderr);
    let asked = false;
    const stopped = await modulab([...args, '--out', 'stopped'], (said, interrupt) => {
      if (asked || !said.includes('treat ')) return;
      asked = true;
      interrupt();
    });
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.ok(fs.existsSync(path.join(folder, 'stopped', 'checkpoint')));
    assert.equal(fs.existsSync(path.join(folder, 'stopped', 'report.html')), false);
    const again = await modulab([...args, '--out', 'stopped']);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /Goes on where it was stopped/);
    for (const name of ['arms.csv', 'classes.csv']) assert.equal(file('stopped', name), file('whole', name));
    assert.match(file('stopped', 'model', 'model.json'), /layers-model/);
  });

  test('split writes modules, and patch takes one', async () => {
    const split = await modulab(['split', 'tm', 'photos', '--method', 'gradsplitter', '--preset', 'smoke']);
    assert.equal(split.code, 0, split.stderr);
    assert.match(split.stdout, /^3 modules keep/);
    assert.deepEqual(fs.readdirSync(path.join(folder, 'modulab-split', 'modules')).sort(), CLASSES);
    const patch = await modulab(['patch', 'tm', 'photos', '--module', 'modulab-split/modules/ring']);
    assert.equal(patch.code, 0, patch.stderr);
    assert.match(patch.stdout, /^F1 of ring: /);
  });

  test('simplify writes the smaller model in the format that was asked for', async () => {
    const ended = await modulab(['simplify', 'tm', 'photos', '--preset', 'smoke', '--format', 'keras']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^The smaller model does \d+/);
    const head = fs.readFileSync(path.join(folder, 'modulab-simplify', 'model.keras')).toString('latin1', 0, 2);
    assert.equal(head, 'PK');
  });
});
