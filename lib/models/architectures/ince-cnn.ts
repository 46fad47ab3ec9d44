import * as tf from '../../tf.js';
import { type DropoutOptions, resolveOptions } from './architecture-options.js';
import { finishModel, imageInput } from './finish-model.js';
import { convRelu, dense, dropout, globalAveragePool, maxPool } from './layer-blocks.js';

/**
 * InceCNN of GradSplitter (spec cnnsplitter §5.1): three 3×3 convolutions, then three inception blocks of parallel 1×1,
 * 3×3 and 5×5 convolutions, concatenated (`concat5`, `concat8`, `concat11`); batch normalisation everywhere, global
 * average pooling, dropout 0.4, dense layer `fc0`. 12 convolutions, 3,200 kernels, 12,637,898 parameters.
 * Initial weights: convolutions N(0, √(2/(kh·kw·Cout))), bias 0; dense layer uniform ±1/√inputs.
 * @returns model from [batch, height, width, channels] to logits [batch, classes]
 * @throws OptionError
 */
export function inceCnn(options: DropoutOptions = {}): tf.LayersModel {
  const { dropout: withDropout = true } = options;
  const resolved = resolveOptions(options);
  const input = imageInput(resolved);
  let x = input;
  [64, 128, 256].forEach((width, i) => {
    x = convRelu(x, i, { filters: resolved.scaled(width), batchNorm: true });
  });
  x = maxPool(x, 2);
  const inception = (from: tf.SymbolicTensor, first: number, widths: readonly number[]) => {
    const branches = widths.map((width, branch) =>
      convRelu(from, first + branch, {
        filters: resolved.scaled(width),
        kernelSize: 1 + 2 * branch,
        batchNorm: true,
      }),
    );
    return tf.layers.concatenate({ axis: -1, name: `concat${first + 2}` }).apply(branches) as tf.SymbolicTensor;
  };
  x = maxPool(inception(x, 3, [256, 256, 64]), 5);
  x = maxPool(inception(x, 6, [512, 512, 64]), 8);
  x = inception(x, 9, [512, 512, 64]);
  x = globalAveragePool(x);
  if (withDropout) x = dropout(x, 0, 0.4);
  return finishModel('incecnn', input, dense(x, 0, resolved.classes), 'fan-out', resolved);
}
