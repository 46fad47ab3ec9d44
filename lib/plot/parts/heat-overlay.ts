import type { ImageSet } from '../../datasets/dataset.js';
import type { HeatMap } from '../../diagnose/heat-map.js';

/** From "nothing" to "most", for a picture below: black body without its white end, lightness growing. */
const STOPS = [
  [0, 0, 0],
  [60, 10, 90],
  [170, 30, 90],
  [245, 100, 20],
  [255, 220, 60],
] as const;

/**
 * A picture with its heat-map added and brought back to the range of bytes (spec doctor §4; the colours are not the JET of the
 * published code, which colour-blind readers cannot tell apart).
 * @returns RGBA bytes of the picture's size; the map is enlarged bilinearly
 */
export function heatOverlay(images: ImageSet, map: HeatMap): Uint8Array {
  const [height, width, channels] = images.imageShape;
  const start = map.image * height * width * channels;
  const sums = new Float64Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * width + x;
      const heat = colourOf(sampled(map, (y + 0.5) / height, (x + 0.5) / width));
      for (let c = 0; c < 3; c++) {
        const pixel = images.pixels[start + p * channels + (channels === 3 ? c : 0)]!;
        sums[3 * p + c] = pixel + heat[c]!; // three channels
      }
    }
  }
  const most = sums.reduce((a, b) => Math.max(a, b), 1);
  const rgba = new Uint8Array(height * width * 4).fill(255);
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++) rgba[4 * p + c] = Math.round((255 * sums[3 * p + c]!) / most);
  }
  return rgba;
}

/** The map's value at a place given as shares of its height and width. */
function sampled({ height, width, values }: HeatMap, down: number, right: number): number {
  const clamp = (v: number, size: number) => Math.min(size - 1, Math.max(0, v));
  const [y, x] = [clamp(down * height - 0.5, height), clamp(right * width - 0.5, width)];
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [y1, x1] = [Math.min(height - 1, y0 + 1), Math.min(width - 1, x0 + 1)];
  const across = (row: number) => values[row * width + x0]! * (1 - (x - x0)) + values[row * width + x1]! * (x - x0);
  return across(y0) * (1 - (y - y0)) + across(y1) * (y - y0);
}

function colourOf(value: number): number[] {
  const place = value * (STOPS.length - 1);
  const from = Math.min(STOPS.length - 2, Math.floor(place));
  const [lower, upper] = [STOPS[from]!, STOPS[from + 1]!]; // `from` is at most the last but one
  return lower.map((low, c) => low + (place - from) * (upper[c]! - low));
}
