import * as tf from '../tf.js';

export interface CrossEntropy {
  /** Mean over the batch (nats); differentiable with respect to the logits. */
  readonly loss: tf.Scalar;
  /** Images whose largest logit, the first of equals, is that of their label. To be called once. */
  readonly hits: () => number;
}

/** Backends whose tensors can be read at any time without waiting or copying. */
const IN_OUR_MEMORY = ['cpu', 'wasm', 'onednn'];

/**
 * Softmax cross-entropy of class indices. What `tf.losses.softmaxCrossEntropy` gives for one-hot labels: a label that is no
 * class counts 0, a NaN or infinite logit makes the loss NaN, and there is no second derivative.
 * @param labels class index per image
 * @param logits [batch, classes]
 */
export function softmaxCrossEntropy(labels: Int32Array, logits: tf.Tensor2D): CrossEntropy {
  tf.util.assertShapesMatch([labels.length], [logits.shape[0]], 'softmaxCrossEntropy, labels and logits: ');
  // Next to a dozen operations on so small a tensor, plain JavaScript takes no time.
  if (IN_OUR_MEMORY.includes(tf.getBackend())) return inJavaScript(labels, logits);
  return inOperations(labels, logits);
}

function inJavaScript(labels: Int32Array, logits: tf.Tensor2D): CrossEntropy {
  let hits = 0;
  const crossEntropy = tf.customGrad((x) => {
    const [batch, classes] = logits.shape;
    const values = (x as tf.Tensor).dataSync();
    const gradient = new Float32Array(batch * classes);
    let total = 0;
    for (let i = 0; i < batch; i++) {
      const first = i * classes;
      let predicted = 0;
      let largest = -Infinity;
      for (let c = 0; c < classes; c++) {
        largest = Math.max(largest, values[first + c]);
        if (values[first + c] > values[first + predicted]) predicted = c;
      }
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Math.exp(values[first + c] - largest);
      const logSum = largest + Math.log(sum);
      for (let c = 0; c < classes; c++) {
        const logProbability = values[first + c] - logSum;
        const target = c === labels[i] ? 1 : 0;
        total -= logProbability * target;
        gradient[first + c] = (Math.exp(logProbability) - target) / batch;
      }
      if (predicted === labels[i]) hits++;
    }
    return {
      value: tf.scalar(total / batch),
      gradFunc: (dy: tf.Tensor) => tf.mul(tf.tensor2d(gradient, [batch, classes]), dy),
    };
  });
  return { loss: crossEntropy(logits) as tf.Scalar, hits: () => hits };
}

function inOperations(labels: Int32Array, logits: tf.Tensor2D): CrossEntropy {
  const oneHot = (indices: tf.Tensor): tf.Tensor2D => tf.oneHot(indices, logits.shape[1]).toFloat() as tf.Tensor2D;
  const targets = oneHot(tf.tensor1d(labels, 'int32'));
  const hits = tf.keep(tf.sum(tf.mul(oneHot(tf.argMax(logits, 1)), targets)));
  return {
    loss: tf.losses.softmaxCrossEntropy(targets, logits),
    hits: () => {
      const count = Math.round(hits.dataSync()[0]);
      hits.dispose();
      return count;
    },
  };
}
