import { OptionError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { SubsampleChannels } from '../subsample-channels.js';
import { type ArchitectureOptions, resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { add, batchNorm, conv, dense, globalAveragePool, relu } from './layer-blocks.js';

export interface ResNetOptions extends ArchitectureOptions {
  /**
   * What joins blocks of different shape: 'A' subsamples and pads with zero channels on both sides (no parameters),
   * 'projection' is a 1×1 convolution (with batch normalisation where the net has it). Default 'A'.
   */
  shortcut?: 'A' | 'projection';
  /** false: no batch normalisation, biases instead (spec decompose §4). Default true, convolutions without biases. */
  batchNorm?: boolean;
}

/**
 * CIFAR ResNet of depth 6n + 2: 3×3 stem of 16 kernels, three stages of n blocks with 16, 32 and 64 kernels, stride 2
 * at the second and third stage with symmetric padding 1, ReLU after the addition, global average pooling, `fc0`.
 *
 * Convolutions are numbered in forward order: `conv0` is the stem, block k (from 0) holds `conv{2k+1}` and `conv{2k+2}`
 * and ends in `add{2k+2}`, `relu{2k+2}`; its shortcut is `shortcut{2k+2}` (option A) or `convShortcut{2k+2}` and
 * `bnShortcut{2k+2}`. With projections and no batch normalisation 271,690 / 465,674 / 853,642 parameters at depth
 * 20 / 32 / 56; ResNet-20 with batch normalisation 269,722 (option A) or 272,474 (projection).
 * Initial weights: He normal, biases 0.
 * @param depth 20, 32, 44, 56, … (6n + 2)
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function resNetCifar(depth: number, options: ResNetOptions = {}): tf.LayersModel {
  const { shortcut = 'A', batchNorm: normalise = true } = options;
  if (!Number.isInteger(depth) || depth < 8 || (depth - 2) % 6 !== 0) {
    throw new OptionError(`depth: expected 6n + 2 (20, 32, 44, 56, …), got ${depth}.`);
  }
  if (shortcut !== 'A' && shortcut !== 'projection') {
    throw new OptionError(`shortcut: expected 'A' or 'projection', got '${String(shortcut)}'.`);
  }
  const resolved = resolveOptions(options);
  const blocks = (depth - 2) / 6;
  const convBn = (
    x: tf.SymbolicTensor,
    index: number | string,
    filters: number,
    kernelSize: number,
    stride: number,
  ) => {
    const y = conv(x, index, { filters, kernelSize, stride, useBias: !normalise });
    return normalise ? batchNorm(y, index) : y;
  };

  const input = imageInput(resolved);
  let channels = resolved.scaled(16);
  let x = relu(convBn(input, 0, channels, 3, 1), 'relu0');
  let last = 0;
  for (const [stage, width] of [16, 32, 64].entries()) {
    const filters = resolved.scaled(width);
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = last + 1;
      last += 2;
      let skip = x;
      if (stride !== 1 || filters !== channels) {
        if (shortcut === 'projection') skip = convBn(x, `Shortcut${last}`, filters, 1, stride);
        else {
          const layer = new SubsampleChannels({
            stride,
            sources: centredSources(channels, filters),
            name: `shortcut${last}`,
          });
          skip = layer.apply(x) as tf.SymbolicTensor;
        }
      }
      const inner = relu(convBn(x, first, filters, 3, stride), `relu${first}`);
      x = relu(add(convBn(inner, last, filters, 3, 1), skip, last), `relu${last}`);
      channels = filters;
    }
  }
  const logits = dense(globalAveragePool(x), 0, resolved.classes);
  return finishModel(`resnet${depth}`, input, logits, 'he-normal', resolved);
}

/** {@link resNetCifar} of depth 20. */
export const resNet20 = (options: ResNetOptions = {}): tf.LayersModel => resNetCifar(20, options);

/** {@link resNetCifar} of depth 32. */
export const resNet32 = (options: ResNetOptions = {}): tf.LayersModel => resNetCifar(32, options);

/** {@link resNetCifar} of depth 56. */
export const resNet56 = (options: ResNetOptions = {}): tf.LayersModel => resNetCifar(56, options);

/** Input channels in the middle, zero channels on both sides; of the zeros, the odd one goes behind. */
function centredSources(inputs: number, outputs: number): number[] {
  const before = Math.floor((outputs - inputs) / 2);
  return Array.from({ length: outputs }, (_, i) => (i >= before && i < before + inputs ? i - before : -1));
}
