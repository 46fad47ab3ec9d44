import { PNG } from 'pngjs';
import { indexedPng } from './indexed-png.js';

/** A colour of a picture, and how many pixels have it. */
interface Colour {
  /** Red, green and blue, 0–255. */
  readonly rgb: readonly [number, number, number];
  readonly key: number;
  readonly pixels: number;
}

/** Colours that lie together and may become one. */
interface Box {
  readonly colours: readonly Colour[];
  /** The channel in which they differ most. */
  readonly channel: 0 | 1 | 2;
  /** How much is lost when they become one, roughly; 0 for a single colour. */
  readonly spread: number;
}

/**
 * A picture with at most so many colours, by median cut: the box of colours that differ most is halved at the median of its pixels,
 * until there are as many boxes. White stays white, and a small photograph keeps its hues beside a large chart.
 * @param png an opaque PNG
 * @param most number of colours, 2 to 256
 */
export function withFewerColours(png: Buffer, most: number): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  const keys = Uint32Array.from({ length: width * height }, (_, pixel) => data.readUIntBE(4 * pixel, 3));
  const boxes = cut(coloursOf(keys), most);
  const places = new Map(boxes.flatMap(({ colours }, place) => colours.map(({ key }) => [key, place] as const)));
  const indices = Uint8Array.from(keys, (key) => places.get(key) ?? 0);
  return indexedPng({ width, height, palette: boxes.map(({ colours }) => mean(colours)), indices });
}

function coloursOf(keys: Uint32Array): Colour[] {
  const counts = new Map<number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].map(([key, pixels]) => ({ rgb: [key >> 16, (key >> 8) & 255, key & 255], key, pixels }));
}

/** The boxes, from dark to light: neighbouring shades get neighbouring numbers, which pack better. */
function cut(all: readonly Colour[], most: number): Box[] {
  const boxes = [boxOf(all)];
  while (boxes.length < most) {
    const widest = boxes.reduce((a, b) => (b.spread > a.spread ? b : a));
    if (widest.spread === 0) break;
    boxes.splice(boxes.indexOf(widest), 1, ...halves(widest));
  }
  const light = ({ colours }: Box) => mean(colours).reduce((sum, value) => sum + value, 0);
  return boxes.sort((a, b) => light(a) - light(b));
}

function boxOf(colours: readonly Colour[]): Box {
  const ranges = ([0, 1, 2] as const).map((channel) => {
    let [low, high] = [255, 0];
    for (const { rgb } of colours) {
      low = Math.min(low, rgb[channel]);
      high = Math.max(high, rgb[channel]);
    }
    return { channel, range: high - low };
  });
  const { channel, range } = ranges.reduce((a, b) => (b.range > a.range ? b : a));
  // Pixels count less than differences: else the paper's shades would take the photographs' colours.
  return { colours, channel, spread: range * Math.cbrt(pixelsOf(colours)) };
}

/** Two boxes with about as many pixels each, and at least one colour. */
function halves({ colours, channel }: Box): [Box, Box] {
  const sorted = colours.toSorted((a, b) => a.rgb[channel] - b.rgb[channel] || a.key - b.key);
  const half = pixelsOf(colours) / 2;
  let seen = 0;
  const middle = sorted.findIndex(({ pixels }) => (seen += pixels) >= half);
  const at = Math.min(Math.max(middle, 1), sorted.length - 1);
  return [boxOf(sorted.slice(0, at)), boxOf(sorted.slice(at))];
}

const pixelsOf = (colours: readonly Colour[]) => colours.reduce((sum, { pixels }) => sum + pixels, 0);

function mean(colours: readonly Colour[]): number[] {
  const pixels = pixelsOf(colours);
  return ([0, 1, 2] as const).map((channel) =>
    Math.round(colours.reduce((sum, colour) => sum + colour.pixels * colour.rgb[channel], 0) / pixels),
  );
}
