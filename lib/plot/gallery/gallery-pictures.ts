import { PNG } from 'pngjs';
import type { KernelGallery } from '../../simplify/by-eye/kernel-gallery.js';
import type { Theme } from '../figure/theme.js';

/** Longest side of an input image in a gallery, in pixels. */
const LARGEST_INPUT = 64;

/** RGB pixels of the input images, one beside the other, each at most 64 pixels high and wide. */
export interface InputStrip {
  readonly height: number;
  readonly width: number;
  /** [height, images × width, 3] */
  readonly rgb: Uint8Array;
}

/** The gallery's input images; of images with neither 1 nor 3 channels the first one, in grey. */
export function inputStrip({ inputs, images }: Pick<KernelGallery, 'inputs' | 'images'>): InputStrip {
  const [fullHeight, fullWidth, channels] = inputs.imageShape;
  const step = Math.ceil(Math.max(fullHeight, fullWidth) / LARGEST_INPUT);
  const [height, width] = [Math.ceil(fullHeight / step), Math.ceil(fullWidth / step)];
  const rgb = new Uint8Array(height * images.length * width * 3);
  images.forEach((_, image) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = ((image * fullHeight + y * step) * fullWidth + x * step) * channels;
        const to = 3 * ((y * images.length + image) * width + x);
        for (let c = 0; c < 3; c++) rgb[to + c] = inputs.pixels[from + (channels === 3 ? c : 0)]!;
      }
    }
  });
  return { height, width, rgb };
}

/** All maps as one grey PNG: a row of maps per unit, a column per image. */
export function mapSprite({ maps, units, images }: Pick<KernelGallery, 'maps' | 'units' | 'images'>): Buffer {
  const { height, width, values } = maps;
  const grey = Buffer.alloc(values.length);
  for (let unit = 0; unit < units; unit++) {
    for (let image = 0; image < images.length; image++) {
      for (let y = 0; y < height; y++) {
        const from = ((unit * images.length + image) * height + y) * width;
        const to = ((unit * height + y) * images.length + image) * width;
        grey.set(values.subarray(from, from + width), to);
      }
    }
  }
  return png(grey, images.length * width, units * height, 0);
}

/** The input images as one PNG. */
export function inputSprite(strip: InputStrip): Buffer {
  return png(Buffer.from(strip.rgb), strip.rgb.length / strip.height / 3, strip.height, 2);
}

function png(data: Buffer, width: number, height: number, colorType: 0 | 2): Buffer {
  const picture = new PNG({ width, height });
  picture.data = data;
  return PNG.sync.write(picture, { colorType, inputColorType: colorType, inputHasAlpha: false, deflateLevel: 9 });
}

/** 256 colours from the theme's "nothing" to its "most". */
export function palette({ scale }: Theme): [number, number, number][] {
  const channel = (hex: string, at: number) => parseInt(hex.slice(at, at + 2), 16);
  return Array.from({ length: 256 }, (_, value) => {
    const place = (value / 255) * (scale.length - 1);
    const left = Math.min(scale.length - 2, Math.floor(place));
    const [from, to] = [scale[left]!, scale[left + 1]!]; // `left` is at most the last but one
    const mixed = (at: number) => {
      const low = channel(from, at);
      return Math.round(low + (channel(to, at) - low) * (place - left));
    };
    return [mixed(1), mixed(3), mixed(5)];
  });
}

/** Share of the layer's largest activation that a unit reaches, 0–1. */
export function peaks({ low, high }: KernelGallery['maps']): number[] {
  const spans = high.map((value, unit) => value - low[unit]!); // both per unit
  const most = Math.max(...spans);
  return spans.map((span) => (most > 0 ? span / most : 0));
}

/** From this correlation on two kernels' maps count as near-duplicates. */
export const NEAR_DUPLICATE = 0.9;
