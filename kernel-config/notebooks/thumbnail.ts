import { PNG } from 'pngjs';
import { indexedPng } from '../../lib/plot/figure/indexed-png.js';

/** Bits per colour channel: figures have few colours, and text stays readable with 16 shades of each. */
const SHADE_BITS = 4;

/**
 * A smaller picture for a page, on white, with at most 256 colours.
 * @param png any PNG
 * @param width greatest width in pixels; the shape is kept, nothing is enlarged
 */
export function thumbnail(png: Buffer, width: number): Buffer {
  const source = PNG.sync.read(png);
  const outWidth = Math.min(width, source.width);
  const outHeight = Math.max(1, Math.round((source.height * outWidth) / source.width));
  const rgb = averaged(source, outWidth, outHeight);
  const { palette, indices } = indexed(rgb);
  return indexedPng({ width: outWidth, height: outHeight, palette, indices });
}

/** Every output pixel is the mean of the input pixels that it covers, weighted by the area covered. */
function averaged({ width, height, data }: PNG, outWidth: number, outHeight: number): Float64Array {
  const columns = covers(width, outWidth);
  const rows = covers(height, outHeight);
  const rgb = new Float64Array(outWidth * outHeight * 3);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const out = 3 * (y * outWidth + x);
      for (const [row, tall] of rows[y]!) {
        for (const [column, wide] of columns[x]!) {
          const at = 4 * (row * width + column);
          const alpha = data[at + 3]! / 255;
          for (let c = 0; c < 3; c++) rgb[out + c]! += tall * wide * (alpha * data[at + c]! + (1 - alpha) * 255);
        }
      }
    }
  }
  return rgb;
}

/** For each of `out` equal parts of 0 … size: which whole positions it covers, and their shares of it. */
function covers(size: number, out: number): (readonly [position: number, share: number])[][] {
  const step = size / out;
  return Array.from({ length: out }, (_, i) => {
    const [from, to] = [i * step, (i + 1) * step];
    const parts: [number, number][] = [];
    for (let position = Math.floor(from); position < Math.min(size, Math.ceil(to)); position++) {
      parts.push([position, (Math.min(to, position + 1) - Math.max(from, position)) / step]);
    }
    return parts;
  });
}

/** The 256 most frequent colours, coarsely; every other pixel gets the nearest of them. */
function indexed(rgb: Float64Array): { palette: number[][]; indices: Uint8Array } {
  const pixels = rgb.length / 3;
  const shift = 8 - SHADE_BITS;
  const keys = new Uint16Array(pixels);
  const seen = new Map<number, { count: number; sum: number[] }>();
  for (let p = 0; p < pixels; p++) {
    const colour = [0, 1, 2].map((c) => Math.min(255, Math.round(rgb[3 * p + c]!)));
    const shade = colour.reduce((key, value) => (key << SHADE_BITS) | (value >> shift), 0);
    keys[p] = shade;
    const entry = seen.get(shade) ?? { count: 0, sum: [0, 0, 0] };
    entry.count++;
    entry.sum = entry.sum.map((sum, c) => sum + colour[c]!);
    seen.set(shade, entry);
  }
  const frequent = [...seen].sort(([a, x], [b, y]) => y.count - x.count || a - b).slice(0, 256);
  const palette = frequent.map(([, { count, sum }]) => sum.map((value) => Math.round(value / count)));
  const indexOf = new Map(frequent.map(([key], index) => [key, index]));
  for (const [key, { count, sum }] of seen) {
    if (indexOf.has(key)) continue;
    const distances = palette.map((colour) => colour.reduce((d, value, c) => d + (value - sum[c]! / count) ** 2, 0));
    indexOf.set(key, distances.indexOf(Math.min(...distances)));
  }
  return { palette, indices: Uint8Array.from(keys, (key) => indexOf.get(key)!) };
}
