import { PNG } from 'pngjs';

/** Heat-map bitmaps have one pixel per cell; resvg smooths what it enlarges, so they are enlarged to this first. */
const ENLARGED_SIZE = 600;

/**
 * The few canvas operations with which Plotly paints heat-maps and images: filled rectangles and raw pixels, read
 * back as a PNG data URL. jsdom has no canvas of its own.
 */
export class BitmapCanvas {
  private readonly rgba: Uint8ClampedArray;
  fillStyle = '#000000';

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.rgba = new Uint8ClampedArray(width * height * 4);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const colour = parseColour(this.fillStyle);
    const [left, right] = [Math.max(0, Math.round(x)), Math.min(this.width, Math.round(x + width))];
    const [top, bottom] = [Math.max(0, Math.round(y)), Math.min(this.height, Math.round(y + height))];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) this.rgba.set(colour, 4 * (row * this.width + column));
    }
  }

  createImageData(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  putImageData(image: { data: Uint8ClampedArray }): void {
    this.rgba.set(image.data);
  }

  toDataURL(): string {
    const enlarged = (size: number) => Math.max(1, Math.ceil(ENLARGED_SIZE / size));
    const [kx, ky] = [enlarged(this.width), enlarged(this.height)];
    return `data:image/png;base64,${enlargedPng(this.rgba, this.width, this.height, kx, ky).toString('base64')}`;
  }
}

/** PNG of RGBA pixels with every pixel drawn as a rectangle of kx×ky pixels. */
export function enlargedPng(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  kx: number,
  ky: number,
): Buffer {
  const png = new PNG({ width: width * kx, height: height * ky });
  const from = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const to = new Uint32Array(png.data.buffer, png.data.byteOffset, width * kx * height * ky);
  for (let y = 0; y < height * ky; y++) {
    const row = Math.floor(y / ky) * width;
    for (let x = 0; x < width * kx; x++) to[y * width * kx + x] = from[row + Math.floor(x / kx)]!;
  }
  return PNG.sync.write(png);
}

/** CSS colour as Plotly writes it, `rgb(…)`, `rgba(…)` or `#rrggbb`, to RGBA bytes. */
function parseColour(css: string): [number, number, number, number] {
  const hex = /^#([0-9a-f]{6})$/i.exec(css)?.[1];
  if (hex !== undefined) {
    const value = parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255, 255];
  }
  const [r = 0, g = 0, b = 0, alpha = 1] = (/rgba?\(([^)]+)\)/.exec(css)?.[1] ?? '').split(',').map(Number);
  return [r, g, b, Math.round(255 * alpha)];
}
