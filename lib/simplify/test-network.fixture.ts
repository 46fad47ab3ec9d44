import { randomiseWeights } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';

/** `conv1` … of the given widths, each with batch norm, ReLU and pooling by two; then the dense layers `hidden` and `logits`. */
export function plainNetwork(widths: readonly number[]): tf.LayersModel {
  const net = tf.sequential();
  widths.forEach((filters, i) => {
    const shape = i === 0 ? { inputShape: [32, 32, 3] } : {};
    net.add(tf.layers.conv2d({ name: `conv${i + 1}`, filters, kernelSize: 3, padding: 'same', ...shape }));
    net.add(tf.layers.batchNormalization({ name: `norm${i + 1}` }));
    net.add(tf.layers.reLU({ name: `relu${i + 1}` }));
    net.add(tf.layers.maxPooling2d({ name: `pool${i + 1}`, poolSize: 2 }));
  });
  net.add(tf.layers.flatten({ name: 'flatten' }));
  net.add(tf.layers.dense({ name: 'hidden', units: 16, activation: 'relu' }));
  net.add(tf.layers.dense({ name: 'logits', units: 10 }));
  return randomiseWeights(net, 6);
}
