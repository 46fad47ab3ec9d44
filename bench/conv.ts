import * as tf from '../lib/tf.js';
import { type BenchRow, rateRow, timeInTurn } from './bench.js';
import type { PythonPeer } from './python-peer.js';

/** [batch, size, channels, out channels, filter size, stride]: common CNN layers, then ResNet-20's. */
const LAYERS = [
  [128, 32, 16, 16, 3, 1],
  [128, 16, 64, 64, 3, 1],
  [128, 8, 128, 128, 3, 1],
  [128, 4, 512, 512, 3, 1],
  [128, 32, 3, 64, 3, 1],
  [128, 32, 16, 32, 3, 2],
  [128, 16, 32, 32, 3, 1],
  [128, 16, 32, 64, 3, 2],
  [128, 8, 64, 64, 3, 1],
  [128, 16, 64, 64, 1, 1],
];

/** At half a GF/s a batch of 128 would take minutes. */
const CPU_BATCH = 1;

const runKernel = (name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes);

/** GF/s (two operations per multiplication and addition) of convolution layers: forward, and both gradients. */
export async function benchConv(backend: string, peer: PythonPeer | undefined): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [fullBatch, size, channels, outChannels, filterSize, stride] of LAYERS) {
    const batch = backend === 'cpu' ? CPU_BATCH : fullBatch;
    const shape: [number, number, number, number] = [batch, size, size, channels];
    const filter: [number, number, number, number] = [filterSize, filterSize, channels, outChannels];
    const x = tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', 1);
    const w = tf.randomNormal<tf.Rank.R4>(filter, 0, 1, 'float32', 2);
    const dy = tf.tidy(() => tf.randomNormal<tf.Rank.R4>(tf.conv2d(x, w, stride, 'same').shape, 0, 1, 'float32', 3));
    const attributes = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC' };
    const passes = {
      forward: () => tf.conv2d(x, w, stride, 'same'),
      dX: () => runKernel('Conv2DBackpropInput', { dy, filter: w }, { ...attributes, inputShape: shape }),
      dW: () => runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter }),
    };
    const gigaflop = (2 * dy.size * filterSize * filterSize * channels) / 1e9;
    const layer = `${batch}×${size}×${size}×${channels}→${outChannels} ${filterSize}×${filterSize}${stride > 1 ? ` stride ${stride}` : ''}`;
    for (const [pass, compute] of Object.entries(passes)) {
      const job = { job: 'conv', pass: pass as keyof typeof passes, shape, filter, stride } as const;
      const timing = await timeInTurn(
        async () => {
          const result = compute();
          // One element is enough to wait for; reading all would take the memory away from the backend.
          const element = tf.slice(result, [0, 0, 0, 0], [1, 1, 1, 1]);
          await element.data();
          tf.dispose([result, element]);
        },
        peer && (() => peer.run(job)),
      );
      rows.push(rateRow(`${layer} ${pass}`, backend, gigaflop, 'GF/s', timing));
    }
    tf.dispose([x, w, dy]);
  }
  return rows;
}
