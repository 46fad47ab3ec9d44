import { seedStream } from '../../run/mt19937.js';
import * as tf from '../../tf.js';

/**
 * How convolutions and dense layers start.
 * - `'fan-out'`: convolutions N(0, √(2 / (kh·kw·Cout))) with bias 0 (spec cnnsplitter §5.1); dense layers as PyTorch's
 *   `nn.Linear`, kernel and bias uniform in ±1/√inputs.
 * - `'he-normal'`: both N(0, √(2 / fan-in)) with bias 0 (the CIFAR ResNets).
 */
export type InitialisationScheme = 'fan-out' | 'he-normal';

const KINDS = new Set(['Conv2D', 'DepthwiseConv2D', 'GroupedConv2D', 'Dense']);

/**
 * Gives every convolution and dense layer of the model fresh weights. Each weight draws from its own stream, named after
 * the layer, so that the values of one layer do not depend on which other layers there are. Other layers keep theirs.
 */
export function initialiseWeights(model: tf.LayersModel, scheme: InitialisationScheme, seed: number): void {
  for (const layer of model.layers) {
    const kind = layer.getClassName();
    if (!KINDS.has(kind)) continue;
    const [kernel, bias] = layer.weights;
    const shape = kernel.shape as number[];
    // Kernels of a depthwise convolution are [height, width, channels, multiplier] and read one channel each.
    const depthwise = kind === 'DepthwiseConv2D';
    const outputs = depthwise ? shape[2] * shape[3] : shape[shape.length - 1];
    const fanIn = (depthwise ? shape.slice(0, 2) : shape.slice(0, -1)).reduce((product, n) => product * n, 1);
    const stream = (weight: string) => seedStream(seed, `init/${layer.name}/${weight}`);
    if (scheme === 'fan-out' && kind === 'Dense') {
      const bound = 1 / Math.sqrt(fanIn);
      const uniform = (weight: string, length: number) => {
        const rng = stream(weight);
        return Float32Array.from({ length }, () => bound * (2 * rng.nextDouble() - 1));
      };
      write(kernel, uniform('kernel', fanIn * outputs));
      if (bias) write(bias, uniform('bias', outputs));
      continue;
    }
    const fan = scheme === 'fan-out' ? shape[0] * shape[1] * outputs : fanIn;
    const deviation = Math.sqrt(2 / fan);
    const rng = stream('kernel');
    const values = new Float32Array(fanIn * outputs);
    for (let i = 0; i < values.length; i++) values[i] = deviation * rng.nextNormal();
    write(kernel, values);
    if (bias) write(bias, new Float32Array(bias.shape[0] as number));
  }
}

function write(weight: tf.LayerVariable, values: Float32Array): void {
  const tensor = tf.tensor(values, weight.shape as number[], 'float32');
  weight.write(tensor);
  tensor.dispose();
}
