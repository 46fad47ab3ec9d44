import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import { withFewerColours } from './fewer-colours.js';

type Rgb = readonly [number, number, number];

function picture(width: number, height: number, colour: (x: number, y: number) => Rgb): PNG {
  const png = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) png.data.set([...colour(x, y), 255], 4 * (y * width + x));
  }
  return png;
}

/** A chart on white: one hue in all its shades, and in a corner a small photograph with hues of its own. */
const PHOTOGRAPH = 16;
const chart = picture(200, 100, (x, y) => {
  if (x < PHOTOGRAPH && y < PHOTOGRAPH) return x < PHOTOGRAPH / 2 ? [120 + y, 30 + x, 130 + y] : [20 + x, 110 + y, 20];
  if (y < 50) return [255, 255, 255];
  const shade = (x * 31 + y * 17) % 256;
  return [shade, 128 + (shade >> 1), 255];
});

test('a picture with fewer colours keeps its paper, its shades and the hues of a small photograph', () => {
  const few = PNG.sync.read(withFewerColours(PNG.sync.write(chart), 64));
  assert.deepEqual([few.width, few.height], [200, 100]);
  const colours = new Set<number>();
  let furthest = 0;
  for (let at = 0; at < few.data.length; at += 4) {
    colours.add(few.data.readUInt32BE(at));
    for (let c = 0; c < 3; c++) furthest = Math.max(furthest, Math.abs(few.data[at + c] - chart.data[at + c]));
  }
  assert.ok(colours.size > 32 && colours.size <= 64, `${colours.size} colours`);
  assert.deepEqual([...few.data.subarray(4 * 100, 4 * 101)], [255, 255, 255, 255]);
  assert.ok(furthest <= 12, `a channel is ${furthest} off`);
});

test('a picture of few colours stays as it is, and becomes no larger', () => {
  const plain = picture(64, 64, (x, y) => [x >> 4 << 6, y >> 4 << 6, 9]); // prettier-ignore
  const written = withFewerColours(PNG.sync.write(plain), 16);
  assert.deepEqual(PNG.sync.read(written).data, plain.data);
  assert.ok(written.length < PNG.sync.write(plain).length);
  const one = picture(3, 2, () => [1, 2, 3]);
  assert.deepEqual(PNG.sync.read(withFewerColours(PNG.sync.write(one), 2)).data, one.data);
});
