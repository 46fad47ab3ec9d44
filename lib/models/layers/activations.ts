import * as tf from '../../tf.js';

/**
 * Activation functions that other frameworks' models name and tfjs-layers does not know. After this module is loaded, layers
 * take them by name: `tf.layers.activation({ activation: 'silu' as 'swish' })`.
 *
 * - `silu`: x · sigmoid(x), Keras' and PyTorch's name for tfjs-layers' `swish`
 * - `hardSigmoidRelu6`: relu6(x + 3) / 6, the hard sigmoid of Keras 3, PyTorch and MobileNet-v3; tfjs-layers' `hardSigmoid` is
 *   that of Keras 2, which rises by 0.2 · x
 * - `hardSilu`, `hardSwish`: x · relu6(x + 3) / 6
 * - `leakyRelu`: x, or 0.2 · x below 0 (Keras 3)
 * - `exponential`: e^x
 * - `celu`: x, or e^x − 1 below 0
 * - `logSigmoid`: −softplus(−x)
 * - `hardTanh`: x, cut off at −1 and 1
 * - `hardShrink`, `softShrink`: x where it is beyond ±0.5, as it is or moved by 0.5 towards 0; else 0
 * - `tanhShrink`: x − tanh(x)
 * - `squareplus`: (x + √(x² + 4)) / 2
 * - `sparsePlus`: 0 below −1, x above 1, (x + 1)² / 4 between
 * - `sparseSigmoid`: 0 below −1, 1 above 1, (x + 1) / 2 between
 * - `geluNew`: tfjs-layers' `gelu_new` (the tanh approximation) by the name that it has after loading from a file
 */
const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  hardSigmoidRelu6: hardSigmoid,
  hardSilu: (x) => tf.mul(x, hardSigmoid(x)),
  hardSwish: (x) => tf.mul(x, hardSigmoid(x)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  exponential: (x) => tf.exp(x),
  celu: (x) => tf.elu(x),
  logSigmoid: (x) => tf.logSigmoid(x),
  hardTanh: (x) => tf.clipByValue(x, -1, 1),
  hardShrink: (x) => tf.mul(x, tf.step(tf.sub(tf.abs(x), 0.5))),
  softShrink: (x) => tf.mul(tf.sign(x), tf.relu(tf.sub(tf.abs(x), 0.5))),
  tanhShrink: (x) => tf.sub(x, tf.tanh(x)),
  squareplus: (x) => tf.mul(0.5, tf.add(x, tf.sqrt(tf.add(tf.square(x), 4)))),
  sparsePlus: (x) => tf.add(tf.mul(0.25, tf.square(tf.clipByValue(tf.add(x, 1), 0, 2))), tf.relu(tf.sub(x, 1))),
  sparseSigmoid: (x) => tf.mul(0.5, tf.clipByValue(tf.add(x, 1), 0, 2)),
  geluNew: (x) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
    return tf.mul(0.5, tf.mul(x, tf.add(1, tf.tanh(inner))));
  },
};

/** The names of the activations that this module adds. */
export const ADDED_ACTIVATIONS: readonly string[] = Object.keys(ACTIVATIONS);

function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.div(tf.relu6(tf.add(x, 3)), 6);
}

for (const [name, compute] of Object.entries(ACTIVATIONS)) {
  tf.serialization.registerClass(
    class extends tf.serialization.Serializable {
      /** @nocollapse */
      static className = name;
      override getConfig(): tf.serialization.ConfigDict {
        return {};
      }
      apply(x: tf.Tensor): tf.Tensor {
        return tf.tidy(() => compute(x));
      }
    },
  );
}
