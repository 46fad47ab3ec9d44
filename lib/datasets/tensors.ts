import { OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { checkPixels } from './check-image-set.js';
import { type ImageSet, type Normalisation } from './dataset.js';
import { gatherPixels } from './subset.js';

/** For every channel and byte value its normalised float: entry channel · 256 + byte. */
function lookupTable(normalisation: Normalisation, channels: number): Float32Array {
  const { mean, std } = normalisation;
  if (mean.length !== channels || std.length !== channels || std.some((s) => !(s > 0))) {
    throw new OptionError(
      `normalisation: expected ${channels} means and ${channels} positive deviations, got [${mean.join(', ')}] and ` +
        `[${std.join(', ')}].`,
    );
  }
  const table = new Float32Array(channels * 256);
  for (let c = 0; c < channels; c++) {
    for (let byte = 0; byte < 256; byte++) table[c * 256 + byte] = (byte / 255 - mean[c]!) / std[c]!;
  }
  return table;
}

/**
 * Normalises bytes of interleaved channels: (byte / 255 − mean) / std per channel.
 * @param pixels NHWC bytes
 */
export function normalise(pixels: Uint8Array, normalisation: Normalisation, channels: number): Float32Array {
  const table = lookupTable(normalisation, channels);
  const values = new Float32Array(pixels.length);
  if (channels === 3) {
    for (let i = 0; i < pixels.length; i += 3) {
      values[i] = table[pixels[i]!]!;
      values[i + 1] = table[256 + pixels[i + 1]!]!;
      values[i + 2] = table[512 + pixels[i + 2]!]!;
    }
  } else {
    for (let i = 0; i < pixels.length; i++) values[i] = table[(i % channels) * 256 + pixels[i]!]!;
  }
  return values;
}

/**
 * The images as a normalised float32 tensor [n, height, width, channels]. The caller disposes it.
 * @param indices positions to take, in that order; default: all
 * @throws OptionError when a position is outside the set, or its pixels do not fit
 */
export function toTensor(set: ImageSet, indices?: ArrayLike<number>): tf.Tensor4D {
  checkPixels(set);
  const count = indices?.length ?? set.labels.length;
  const pixels = indices ? gatherPixels(set, indices) : set.pixels;
  const [height, width, channels] = set.imageShape;
  return tf.tensor4d(normalise(pixels, set.normalisation, channels), [count, height, width, channels]);
}
