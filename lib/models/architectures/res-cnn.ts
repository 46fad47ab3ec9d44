import type * as tf from '../../tf.js';
import { resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { add, convRelu, dense, dropout, flatten, maxPool } from './layer-blocks.js';
import type { SplitterNetOptions } from './sim-cnn.js';

const WIDTHS = [64, 128, 128, 128, 256, 512, 512, 512, 512, 512, 512, 512];
const POOL_AFTER = new Set([1, 4, 5, 8, 9]);
/** Layer whose ReLU output gets the skip → layer whose (pooled) output the skip carries. */
const SKIP_INTO = new Map([
  [3, 1],
  [7, 5],
  [11, 9],
]);

/**
 * ResCNN (spec cnnsplitter §5.1): 12 convolutions 3×3 `conv0`…`conv11` with ReLU, three identity skips added after the
 * ReLU of the pair's second convolution (`add3`, `add7`, `add11`, no ReLU behind them), five 2×2 max pools, dropout
 * (0.4 'cnnsplitter', 0.5 'gradsplitter') and one dense layer `fc0`. 16,010,122 / 16,018,698 parameters.
 * Initial weights: convolutions N(0, √(2/(9·Cout))), bias 0; dense layer uniform ±1/√inputs.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function resCnn(options: SplitterNetOptions = {}): tf.LayersModel {
  const { variant = 'cnnsplitter', dropout: withDropout = true } = options;
  const resolved = resolveOptions(options);
  const input = imageInput(resolved);
  const outputs: tf.SymbolicTensor[] = [];
  let x = input;
  WIDTHS.forEach((width, i) => {
    x = convRelu(x, i, { filters: resolved.scaled(width), batchNorm: variant === 'gradsplitter' });
    const from = SKIP_INTO.get(i);
    if (from !== undefined) x = add(x, outputs[from], i);
    if (POOL_AFTER.has(i)) x = maxPool(x, i);
    outputs.push(x);
  });
  x = flatten(x);
  if (withDropout) x = dropout(x, 0, variant === 'gradsplitter' ? 0.5 : 0.4);
  return finishModel('rescnn', input, dense(x, 0, resolved.classes), 'fan-out', resolved);
}
