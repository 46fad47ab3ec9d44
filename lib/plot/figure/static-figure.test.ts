import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import { OptionError } from '../../errors.js';
import { beforeAfter } from '../figures/classes/before-after.js';
import { confusion } from '../figures/classes/confusion.js';
import { CIFAR10_NAMES, exampleReport } from '../testing/example-results.fixture.js';
import { enlargedPng } from './bitmap-canvas.js';
import { Figure } from './figure.js';
import { textWidth } from './text-width.js';

function colourCounts(png: PNG): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < png.data.length; i += 4) {
    const colour = png.data.readUIntBE(i, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return counts;
}

test('the PNG of a bar figure has its size, its bars in their colours and its text', async () => {
  const report = exampleReport(CIFAR10_NAMES, 0.7, 1);
  const figure = beforeAfter(report, exampleReport(CIFAR10_NAMES, 0.8, 2), { theme: 'light', metrics: ['recall'] });
  const png = PNG.sync.read(await figure.toPNG());
  assert.deepEqual([png.width, png.height], [figure.layout.width, figure.layout.height]);
  const counts = colourCounts(png);
  const bars = report.perClass.reduce((sum, row) => sum + (row.recall ?? 0), 0);
  // a bar of ratio 1 is about 29 pixels wide and 147 high
  const expected = bars * 29 * 147;
  const before = counts.get(0xbd7700) ?? 0;
  assert.ok(
    before > 0.85 * expected && before < 1.15 * expected,
    `${before} pixels of bars, expected about ${expected}`,
  );
  assert.ok((counts.get(0x0072b2) ?? 0) > before);
  assert.ok((counts.get(0x1f2328) ?? 0) > 100, 'text');
  const doubled = PNG.sync.read(await figure.toPNG(2));
  assert.equal(doubled.width, 2 * png.width);
});

test('the cells of a heat-map have sharp edges and the colours of their values', async () => {
  const names = ['a', 'b'];
  const report = exampleReport(names, 1, 1);
  const figure = confusion(report, { theme: 'light' });
  const png = PNG.sync.read(await figure.toPNG());
  const { l = 0, t = 0 } = figure.layout.margin ?? {};
  const at = (x: number, y: number) => png.data.readUIntBE(4 * ((t + y) * png.width + l + x), 3);
  for (const [x, y] of [
    [4, 4],
    [58, 58],
  ]) {
    assert.equal(at(x, y), 0x08325a, 'diagonal: all');
    assert.equal(at(127 - x, y), 0xffffff, 'off the diagonal: none');
  }
});

test('trace types that need WebGL are refused before anything is drawn', async () => {
  for (const type of ['surface', 'scatter3d', 'scattergl', 'splom', 'scattermap']) {
    const figure = new Figure({ title: 'x', altText: 'x', data: [{ type } as never], layout: {} });
    await assert.rejects(
      figure.toPNG(),
      (error: Error) => error instanceof OptionError && error.message.includes(type),
    );
  }
  const figure = new Figure({
    title: 'x',
    altText: 'x',
    data: [{ type: 'scatter', mode: 'lines', y: [1, 2] }],
    layout: { width: 300, height: 200 },
  });
  await assert.rejects(figure.toPNG(100), /scale: expected/);
  assert.ok((await figure.toPNG()).length > 500);
});

test('drawing a figure leaves its data as they were', async () => {
  const figure = confusion(exampleReport(CIFAR10_NAMES, 0.7, 1));
  const before = JSON.stringify(figure);
  await figure.toSVG();
  assert.equal(JSON.stringify(figure), before);
});

test('text is measured in the font that is drawn', () => {
  assert.ok(textWidth('WWWW', 12) > 2.5 * textWidth('iiii', 12));
  assert.ok(Math.abs(textWidth('airplane', 24) - 2 * textWidth('airplane', 12)) < 1e-6);
  assert.ok(textWidth('airplane', 12, true) > textWidth('airplane', 12));
  assert.equal(textWidth('', 12), 0);
});

test('bitmaps are enlarged without smoothing', () => {
  const png = PNG.sync.read(enlargedPng(Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 255), 2, 1, 3, 2));
  assert.deepEqual([png.width, png.height], [6, 2]);
  assert.deepEqual([...png.data.subarray(8, 16)], [255, 0, 0, 255, 0, 0, 255, 255]);
});
