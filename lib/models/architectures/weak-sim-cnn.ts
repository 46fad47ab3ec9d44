import type * as tf from '../../tf.js';
import { type ArchitectureOptions, resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { convRelu, dense, flatten, maxPool } from './layer-blocks.js';

/**
 * The Simple weak SimCNN for CIFAR (spec cnnsplitter §5.3): four convolutions 3×3 of 64 kernels, each with ReLU and
 * 2×2 max pool, and one dense layer. 115,146 parameters. Initial weights as in {@link simCnn}.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function weakSimCnnCifar(options: ArchitectureOptions = {}): tf.LayersModel {
  return weakSimCnn('weak-simcnn-cifar', options, 10, { count: 4, filters: 64, kernelSize: 3, padding: 'symmetric' });
}

/**
 * The Simple weak SimCNN for SVHN (spec cnnsplitter §5.3): two unpadded convolutions 5×5 of 8 kernels, each with ReLU and
 * 2×2 max pool, and one dense layer; 5 classes by default. 3,221 parameters. Initial weights as in {@link simCnn}.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function weakSimCnnSvhn(options: ArchitectureOptions = {}): tf.LayersModel {
  return weakSimCnn('weak-simcnn-svhn', options, 5, { count: 2, filters: 8, kernelSize: 5, padding: 'valid' });
}

interface Stack {
  count: number;
  filters: number;
  kernelSize: number;
  padding: 'symmetric' | 'valid';
}

function weakSimCnn(name: string, options: ArchitectureOptions, classes: number, stack: Stack): tf.LayersModel {
  const resolved = resolveOptions(options, classes);
  const input = imageInput(resolved);
  let x = input;
  for (let i = 0; i < stack.count; i++) {
    const { kernelSize, padding } = stack;
    x = maxPool(convRelu(x, i, { filters: resolved.scaled(stack.filters), kernelSize, padding }), i);
  }
  return finishModel(name, input, dense(flatten(x), 0, resolved.classes), 'fan-out', resolved);
}
