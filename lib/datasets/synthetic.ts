import { constants } from 'node:buffer';
import { OptionError } from '../errors.js';
import { type MT19937, seedStream } from '../run/mt19937.js';
import { type Dataset, IMAGENET_NORMALISATION, type ImageSet } from './dataset.js';
import { objectMaskSet } from './object-masks.js';
import { isInside, SHAPE_OF_CLASS, type ShapeParameters, SYNTHETIC_CLASSES } from './synthetic-shapes.js';

/** Part of the provenance; goes up whenever the same seed gives other pixels. */
export const SYNTHETIC_VERSION = 1;

/** What {@link synthetic} can be told. */
export interface SyntheticOptions {
  /** Default 300. */
  readonly trainPerClass?: number;
  /** Default 100. */
  readonly testPerClass?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Height and width in pixels. Default 32. */
  readonly size?: number;
}

/** One rendered image. */
export interface SyntheticImage {
  /** size · size · 3 bytes, RGB. */
  readonly pixels: Uint8Array;
  /** size · size bytes: 1 where the object covers at least half of the pixel. */
  readonly mask: Uint8Array;
}

/**
 * Renders the built-in set: ten classes of shapes, some of them textured, on cluttered backgrounds. The classes come in
 * pairs that are hard to tell apart, so that a small network has weak classes. Labels go round 0, 1, …, 9, 0, …, so the
 * first n images hold all classes alike.
 *
 * The pixels are the same on every machine: only integers and the four basic float64 operations are used, in a fixed
 * order; rotations come from a rational parametrisation of the circle instead of sine and cosine.
 * @throws OptionError when a count, the seed or the size makes no sense
 * @example
 * const { train } = synthetic({ trainPerClass: 8, testPerClass: 2, seed: 1 });
 * plot.imageGrid(train, { perClass: 2 }).show();
 */
export function synthetic(options: SyntheticOptions = {}): Dataset {
  const { trainPerClass = 300, testPerClass = 100, seed = 0, size = 32 } = options;
  const counts = { trainPerClass, testPerClass };
  for (const [option, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) {
      throw new OptionError(`synthetic: expected ${option} to be a whole number from 1 on, got ${count}.`);
    }
  }
  checkSeedAndSize(seed, size);
  return {
    name: 'synthetic',
    classNames: SYNTHETIC_CLASSES,
    train: renderSplit('train', trainPerClass, seed, size),
    test: renderSplit('test', testPerClass, seed, size),
    provenance: {
      renderer: `synthetic ${SYNTHETIC_VERSION}`,
      seed: String(seed),
      images: `${trainPerClass} + ${testPerClass} per class, ${size}×${size}`,
    },
  };
}

/**
 * Where the object is in one image of the set.
 * @param index position of the image in the split as {@link synthetic} returned it
 * @returns size · size bytes: 1 where the object covers at least half of the pixel
 */
export function syntheticObjectMask(
  split: 'train' | 'test',
  index: number,
  options: Pick<SyntheticOptions, 'seed' | 'size'> = {},
): Uint8Array {
  return syntheticImage(split, index, options).mask;
}

/**
 * Object masks of the first `count` images of a split, in their order, as `objectMaskSet` makes them.
 * @param options as the set was made with
 */
export function syntheticObjectMasks(
  split: 'train' | 'test',
  count: number,
  options: Pick<SyntheticOptions, 'seed' | 'size'> = {},
): ImageSet {
  const { size = 32 } = options;
  const masks = Array.from({ length: count }, (_, i) => syntheticObjectMask(split, i, options).map((bit) => 255 * bit));
  return objectMaskSet(masks, [size, size]);
}

/** Renders one image of the set and its mask; every image has a random stream of its own. */
export function syntheticImage(
  split: 'train' | 'test',
  index: number,
  options: Pick<SyntheticOptions, 'seed' | 'size'> = {},
): SyntheticImage {
  const { seed = 0, size = 32 } = options;
  if (!Number.isInteger(index) || index < 0) {
    throw new OptionError(`syntheticImage: expected an index from 0 on, got ${index}.`);
  }
  checkSeedAndSize(seed, size);
  const pixels = new Uint8Array(size * size * 3);
  const mask = new Uint8Array(size * size);
  render(pixels, mask, index % SYNTHETIC_CLASSES.length, size, seedStream(seed, `synthetic/${split}/${index}`));
  return { pixels, mask };
}

function checkSeedAndSize(seed: number, size: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new OptionError(`synthetic: expected a seed from 0 to 4294967295, got ${seed}.`);
  }
  if (!Number.isInteger(size) || size < 16 || size > 256) {
    throw new OptionError(`synthetic: expected a size from 16 to 256 pixels, got ${size}.`);
  }
}

function renderSplit(split: 'train' | 'test', perClass: number, seed: number, size: number): ImageSet {
  const classes = SYNTHETIC_CLASSES.length;
  const count = perClass * classes;
  const most = Math.floor(Math.min(constants.MAX_LENGTH, process.availableMemory()) / (classes * size * size * 3));
  if (perClass > most) {
    throw new OptionError(
      `synthetic: expected ${split}PerClass to be at most ${most}, which the memory holds, got ${perClass}.`,
    );
  }
  const pixels = new Uint8Array(count * size * size * 3);
  const mask = new Uint8Array(size * size);
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray(i * size * size * 3, (i + 1) * size * size * 3);
    render(image, mask, i % classes, size, seedStream(seed, `synthetic/${split}/${i}`));
  }
  return {
    pixels,
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    imageShape: [size, size, 3],
    classNames: SYNTHETIC_CLASSES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

type Rgb = readonly [number, number, number];

const between = (rng: MT19937, low: number, high: number): number => low + (high - low) * rng.nextDouble();

/** A random colour whose brightness lies in a range. */
function colourOfBrightness(rng: MT19937, low: number, high: number): Rgb {
  for (;;) {
    const colour: Rgb = [rng.nextInterval(255), rng.nextInterval(255), rng.nextInterval(255)];
    const brightness = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];
    if (brightness >= low && brightness <= high) return colour;
  }
}

/** Cosine and sine of a random angle in [−limit, limit], limit = 2·atan(tMax), without calling either function. */
function rotation(rng: MT19937, tMax: number): readonly [number, number] {
  const t = between(rng, -tMax, tMax);
  const norm = 1 + t * t;
  return [(1 - t * t) / norm, (2 * t) / norm];
}

/** Draws one image: background, clutter, object, a bar that may hide a part of it, noise. */
function render(pixels: Uint8Array, mask: Uint8Array, label: number, size: number, rng: MT19937): void {
  const unit = size / 32;
  paintBackground(pixels, size, colourOfBrightness(rng, 30, 110), rng);
  const bars = 1 + rng.nextInterval(2);
  for (let i = 0; i < bars; i++) {
    paintBar(pixels, size, colourOfBrightness(rng, 20, 200), between(rng, 0.8, 2) * unit, rng);
  }

  const fill = colourOfBrightness(rng, 150, 235);
  const second = colourOfBrightness(rng, 40, 110);
  const spec = SHAPE_OF_CLASS[label]!;
  const shape: ShapeParameters = {
    aspect: between(rng, spec.aspect[0], spec.aspect[1]),
    hole: between(rng, spec.hole[0], spec.hole[1]),
    holeOffset: between(rng, spec.holeOffset[0], spec.holeOffset[1]),
  };
  const radius = between(rng, 7.5, 10.5) * spec.scale * unit;
  const [cos, sin] = rotation(rng, spec.turn);
  const reach = 12.5 * unit;
  const centreX = between(rng, reach, size - reach);
  const centreY = between(rng, reach, size - reach);
  const period = between(rng, 4.2, 6.2) * unit;
  const phase = between(rng, 0, 1);
  const shade = between(rng, -0.25, 0.25);

  // Each pixel is tested at 2×2 places; its colour is mixed by how many of them are inside.
  mask.fill(0);
  for (let y = 0; y < size; y++) {
    const inReachY = (y - centreY + 0.5) * (y - centreY + 0.5);
    for (let x = 0; x < size; x++) {
      const inReach = inReachY + (x - centreX + 0.5) * (x - centreX + 0.5);
      if (inReach > 2.4 * radius * radius) continue;
      let inside = 0;
      let secondCount = 0;
      for (let sample = 0; sample < 4; sample++) {
        const dx = x + 0.25 + 0.5 * (sample & 1) - centreX;
        const dy = y + 0.25 + 0.5 * (sample >> 1) - centreY;
        const u = cos * dx + sin * dy;
        const v = cos * dy - sin * dx;
        if (!isInside(spec.outline, shape, u / radius, v / radius)) continue;
        inside++;
        if (spec.texture === 'plain') continue;
        const stripe = Math.floor((2 * u) / period + phase);
        const cross = spec.texture === 'checkered' ? Math.floor((2 * v) / period + phase) : 0;
        secondCount += (stripe + cross) & 1;
      }
      if (inside === 0) continue;
      const at = y * size + x;
      if (inside >= 2) mask[at] = 1;
      const light = 1 + (shade * (x - centreX)) / radius;
      for (let c = 0; c < 3; c++) {
        const colour = ((fill[c]! * (inside - secondCount) + second[c]! * secondCount) / inside) * light;
        pixels[3 * at + c] = toByte((pixels[3 * at + c]! * (4 - inside) + colour * inside) / 4);
      }
    }
  }
  if (rng.nextInterval(2) === 0)
    paintBar(pixels, size, colourOfBrightness(rng, 20, 235), between(rng, 0.6, 1.4) * unit, rng);
  addNoise(pixels, between(rng, 4, 22), rng);
}

/** A slope of colour under blotches: random values on a grid of 5×5, interpolated. */
function paintBackground(pixels: Uint8Array, size: number, ground: Rgb, rng: MT19937): void {
  const cells = 4;
  const strength = between(rng, 10, 45);
  const grid = new Float64Array((cells + 1) * (cells + 1) * 3);
  for (let i = 0; i < grid.length; i += 3) {
    const grey = between(rng, -strength, strength);
    for (let c = 0; c < 3; c++) grid[i + c] = ground[c]! + grey + between(rng, -strength, strength) / 3;
  }
  const step = cells / size;
  for (let y = 0; y < size; y++) {
    const gy = (y + 0.5) * step;
    const row = Math.floor(gy);
    const fy = gy - row;
    for (let x = 0; x < size; x++) {
      const gx = (x + 0.5) * step;
      const column = Math.floor(gx);
      const fx = gx - column;
      const corner = (row * (cells + 1) + column) * 3;
      const below = corner + (cells + 1) * 3;
      for (let c = 0; c < 3; c++) {
        const top = grid[corner + c]! * (1 - fx) + grid[corner + 3 + c]! * fx;
        const bottom = grid[below + c]! * (1 - fx) + grid[below + 3 + c]! * fx;
        pixels[(y * size + x) * 3 + c] = toByte(top * (1 - fy) + bottom * fy);
      }
    }
  }
}

/** A straight bar of random place, direction and length. */
function paintBar(pixels: Uint8Array, size: number, colour: Rgb, halfWidth: number, rng: MT19937): void {
  const [cos, sin] = rotation(rng, 1);
  const centreX = between(rng, 0, size);
  const centreY = between(rng, 0, size);
  const halfLength = between(rng, 0.08, 0.35) * size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const dx = x + 0.5 - centreX;
      const dy = y + 0.5 - centreY;
      const along = cos * dx + sin * dy;
      const across = cos * dy - sin * dx;
      if (along > halfLength || along < -halfLength || across > halfWidth || across < -halfWidth) continue;
      const at = (y * size + x) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = colour[c]!;
    }
  }
}

/** Adds noise of triangular distribution on (−amplitude, amplitude), from one random number per pixel. */
function addNoise(pixels: Uint8Array, amplitude: number, rng: MT19937): void {
  const factor = amplitude / 31;
  for (let i = 0; i < pixels.length; i += 3) {
    const bits = rng.nextUint32();
    for (let c = 0; c < 3; c++) {
      const first = (bits >>> (10 * c)) & 31;
      const second = (bits >>> (10 * c + 5)) & 31;
      pixels[i + c] = toByte(pixels[i + c]! + (first - second) * factor);
    }
  }
}

const toByte = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5));
