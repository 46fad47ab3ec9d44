import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_GRADIENT } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import { compileInference } from '../../surgery/passes/inference.js';
import * as tf from '../../tf.js';
import type { LayerContext } from '../criterion.js';

/** Activation maps of every unit for some images, small enough to be shown. */
export interface GalleryMaps {
  readonly height: number;
  readonly width: number;
  /**
   * [units, images, height, width], one byte each: 0 is the unit's `low`, 255 its `high`; in between linear. Larger maps
   * are averaged over squares.
   */
  readonly values: Uint8Array;
  /** Of every unit over all images and positions shown; `low` is at most 0. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** All maps of a gallery together have at most so many positions, or 4×4 each. */
const MOST_POSITIONS = 400_000;

/** Side of the squares that maps are averaged over, for them to fit into the limit. */
export function reduction(height: number, width: number, maps: number): number {
  let factor = 1;
  while (
    Math.min(height, width) / factor > 4 &&
    Math.ceil(height / factor) * Math.ceil(width / factor) * maps > MOST_POSITIONS
  ) {
    factor++;
  }
  return factor;
}

/** The maps of a layer's units, after the activation. A unit that no single map shows has a map of zeros. */
export async function galleryMaps(
  { model, group, check }: Pick<LayerContext, 'model' | 'group' | 'check'>,
  images: ImageSet,
): Promise<GalleryMaps> {
  const units = group.units.length;
  const count = images.labels.length;
  const compiled = compileInference(model, { maps: [group.readout] });
  let size = null as { height: number; width: number; factor: number } | null;
  let reduced = new Float32Array(0);
  try {
    await passOver(images, { task: 'gallery maps', batchSize: IMAGES_PER_GRADIENT, check }, ({ x, indices }) => {
      const map = tf.tidy(() => compiled.predictWithMaps(x).maps[group.readout].clone());
      const [, mapHeight, mapWidth, channels] = map.shape as [number, number, number, number];
      const values = map.dataSync<'float32'>();
      map.dispose();
      if (!size) {
        const factor = reduction(mapHeight, mapWidth, units * count);
        size = { height: Math.ceil(mapHeight / factor), width: Math.ceil(mapWidth / factor), factor };
        reduced = new Float32Array(units * count * size.height * size.width);
      }
      const { height, width, factor } = size;
      indices.forEach((image, row) => {
        for (let y = 0; y < height; y++) {
          for (let x0 = 0; x0 < width; x0++) {
            const [bottom, right] = [Math.min(mapHeight, (y + 1) * factor), Math.min(mapWidth, (x0 + 1) * factor)];
            const area = (bottom - y * factor) * (right - x0 * factor);
            for (let sy = y * factor; sy < bottom; sy++) {
              for (let sx = x0 * factor; sx < right; sx++) {
                const from = ((row * mapHeight + sy) * mapWidth + sx) * channels;
                group.readoutChannels.forEach((channel, unit) => {
                  if (channel < 0) return;
                  reduced[((unit * count + image) * height + y) * width + x0] += values[from + channel] / area;
                });
              }
            }
          }
        }
      });
    });
  } finally {
    compiled.dispose();
  }
  return quantised(reduced, units, size!.height, size!.width);
}

function quantised(maps: Float32Array, units: number, height: number, width: number): GalleryMaps {
  const perUnit = maps.length / units;
  const values = new Uint8Array(maps.length);
  const [low, high]: [number[], number[]] = [[], []];
  for (let unit = 0; unit < units; unit++) {
    const own = maps.subarray(unit * perUnit, (unit + 1) * perUnit);
    const from = own.reduce((a, b) => Math.min(a, b), 0);
    const to = own.reduce((a, b) => Math.max(a, b), from);
    low.push(from);
    high.push(to);
    if (to > from)
      own.forEach((value, i) => (values[unit * perUnit + i] = Math.round((255 * (value - from)) / (to - from))));
  }
  return { height, width, values, low, high };
}
