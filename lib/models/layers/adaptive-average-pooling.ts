import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';

/** Settings of an {@link AdaptiveAveragePooling2D}. */
export interface AdaptiveAveragePoolingArgs {
  /** Height and width that come out, whatever goes in. */
  outputSize: readonly [number, number];
  name?: string;
}

/**
 * Average pooling to a fixed size, for images of any size: PyTorch's `AdaptiveAvgPool2d`. Row i of the output is the mean of
 * rows ⌊i · h / size⌋ to ⌈(i + 1) · h / size⌉ − 1; windows overlap where the size does not divide the height, and a smaller
 * image is repeated.
 *
 * [batch, height, width, channels] → [batch, outputSize[0], outputSize[1], channels]; no weights.
 * @throws ModelError when outputSize is not two whole numbers from 1 on
 * @example
 * const x = tf.input({ shape: [null, null, 12] });
 * const y = new AdaptiveAveragePooling2D({ outputSize: [7, 7] }).apply(x); // [null, 7, 7, 12]
 */
export class AdaptiveAveragePooling2D extends tf.layers.Layer {
  /** @nocollapse */
  static className = 'AdaptiveAveragePooling2D';
  readonly outputSize: readonly [number, number];

  constructor(args: AdaptiveAveragePoolingArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    const { outputSize } = args;
    if (
      !Array.isArray(outputSize) ||
      outputSize.length !== 2 ||
      !outputSize.every((n) => Number.isInteger(n) && n > 0)
    ) {
      throw new ModelError(
        `Layer ${this.name}: outputSize must be two whole numbers from 1 on, got ${String(outputSize)}.`,
      );
    }
    this.outputSize = [outputSize[0], outputSize[1]];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , , channels] = inputShape as tf.Shape;
    return [batch, ...this.outputSize, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const [batch, height, width, channels] = x.shape;
    const [rows, columns] = this.outputSize;
    return tf.tidy(() => {
      const down = tf.matMul(repeated(means(height, rows), batch), tf.reshape(x, [batch, height, width * channels]));
      const across = tf.reshape(down, [batch * rows, width, channels]);
      return tf.reshape(tf.matMul(repeated(means(width, columns), batch * rows), across), [
        batch,
        rows,
        columns,
        channels,
      ]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), outputSize: [...this.outputSize] };
  }
}
tf.serialization.registerClass(AdaptiveAveragePooling2D);

/** [outputs, inputs] matrix of means over the windows. */
function means(inputs: number, outputs: number): tf.Tensor2D {
  const matrix = new Float32Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const first = Math.floor((i * inputs) / outputs);
    const end = Math.ceil(((i + 1) * inputs) / outputs);
    for (let j = first; j < end; j++) matrix[i * inputs + j] = 1 / (end - first);
  }
  return tf.tensor2d(matrix, [outputs, inputs]);
}

/** The matrix once per image: the gradient of a product that repeats an operand is not known to every backend. */
function repeated(matrix: tf.Tensor2D, times: number): tf.Tensor3D {
  return tf.tile(tf.expandDims<tf.Tensor3D>(matrix, 0), [times, 1, 1]);
}
