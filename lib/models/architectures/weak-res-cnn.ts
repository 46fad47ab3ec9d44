import type * as tf from '../../tf.js';
import { type ArchitectureOptions, type DropoutOptions, resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { add, convRelu, dense, dropout, flatten, maxPool } from './layer-blocks.js';

/**
 * The Simple weak ResCNN for CIFAR (spec cnnsplitter §5.3): convolution and pool, a pair of convolutions with an identity
 * skip (`add2`), convolution and pool, all 3×3 with 64 kernels, dropout 0.4, one dense layer. 153,546 parameters.
 * Initial weights as in {@link simCnn}.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function weakResCnnCifar(options: DropoutOptions = {}): tf.LayersModel {
  const { dropout: withDropout = true } = options;
  const resolved = resolveOptions(options);
  const conv = { filters: resolved.scaled(64) };
  const input = imageInput(resolved);
  const stem = maxPool(convRelu(input, 0, conv), 0);
  let x = add(convRelu(convRelu(stem, 1, conv), 2, conv), stem, 2);
  x = flatten(maxPool(convRelu(x, 3, conv), 3));
  if (withDropout) x = dropout(x, 0, 0.4);
  return finishModel('weak-rescnn-cifar', input, dense(x, 0, resolved.classes), 'fan-out', resolved);
}

/**
 * The Simple weak ResCNN for SVHN (spec cnnsplitter §5.3): convolution and pool, a pair of convolutions with an identity
 * skip (`add2`), pool, all 5×5 with 8 kernels, one dense layer; 5 classes by default. 6,389 parameters: the published
 * 7,997 include a fourth convolution that is declared but never used in the forward pass; it does not exist here.
 * Initial weights as in {@link simCnn}.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function weakResCnnSvhn(options: ArchitectureOptions = {}): tf.LayersModel {
  const resolved = resolveOptions(options, 5);
  const conv = { filters: resolved.scaled(8), kernelSize: 5 };
  const input = imageInput(resolved);
  const stem = maxPool(convRelu(input, 0, conv), 0);
  const x = maxPool(add(convRelu(convRelu(stem, 1, conv), 2, conv), stem, 2), 2);
  return finishModel('weak-rescnn-svhn', input, dense(flatten(x), 0, resolved.classes), 'fan-out', resolved);
}
