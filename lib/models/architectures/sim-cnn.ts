import type * as tf from '../../tf.js';
import { type DropoutOptions, resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { convRelu, dense, dropout, flatten, maxPool, relu } from './layer-blocks.js';

/** Which repository's variant: CNNSplitter's has no batch normalisation, GradSplitter's has it and wider dense layers. */
export type SplitterVariant = 'cnnsplitter' | 'gradsplitter';

export interface SplitterNetOptions extends DropoutOptions {
  /** Default 'cnnsplitter'. */
  variant?: SplitterVariant;
}

const WIDTHS = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
const POOL_AFTER = new Set([1, 3, 6, 9, 12]);

/**
 * SimCNN (spec cnnsplitter §5.1): 13 convolutions 3×3 `conv0`…`conv12` with ReLU, five 2×2 max pools, then dropout 0.5
 * and dense layers `fc0`, `fc1`, `fc2`. 15,245,130 parameters ('cnnsplitter'), 33,646,666 ('gradsplitter').
 * Initial weights: convolutions N(0, √(2/(9·Cout))), bias 0; dense layers uniform ±1/√inputs.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function simCnn(options: SplitterNetOptions = {}): tf.LayersModel {
  const { variant = 'cnnsplitter', dropout: withDropout = true } = options;
  const resolved = resolveOptions(options);
  const input = imageInput(resolved);
  let x = input;
  WIDTHS.forEach((width, i) => {
    x = convRelu(x, i, { filters: resolved.scaled(width), batchNorm: variant === 'gradsplitter' });
    if (POOL_AFTER.has(i)) x = maxPool(x, i);
  });
  x = flatten(x);
  const hidden = resolved.scaled(variant === 'gradsplitter' ? 4096 : 512);
  for (const i of [0, 1]) {
    if (withDropout) x = dropout(x, i, 0.5);
    x = relu(dense(x, i, hidden), `fcRelu${i}`);
  }
  return finishModel('simcnn', input, dense(x, 2, resolved.classes), 'fan-out', resolved);
}
