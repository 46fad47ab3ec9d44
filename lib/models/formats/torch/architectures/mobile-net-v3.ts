import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';
import { squeezeExcite } from './efficient-net.js';

/** Stride and first activation of each block by the number of blocks: MobileNetV3-Small has 11, -Large 15. */
const BLOCKS: Readonly<Record<number, { strides: readonly number[]; hardSwishFrom: number }>> = {
  11: { strides: [2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1], hardSwishFrom: 3 },
  15: { strides: [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1], hardSwishFrom: 6 },
};
const EPSILON = 1e-3;

function block(net: TorchNetwork, path: string, x: Placed, stride: number, activation: string): Placed {
  const indices = net.indices(`${path}.block.`);
  let y = x;
  for (const i of indices) {
    const part = `${path}.block.${i}`;
    if (net.has(`${part}.fc1.weight`)) {
      y = squeezeExcite(net, part, y, 'relu', 'hardSigmoidRelu6');
      continue;
    }
    const depthwise = net.shape(`${part}.0.weight`)[1] === 1 && net.shape(`${part}.0.weight`)[2] > 1;
    const last = i === indices[indices.length - 1];
    const how = { stride: depthwise ? stride : 1, activation: last ? null : activation, epsilon: EPSILON };
    y = net.convBn(`${part}.0`, `${part}.1`, y, how);
  }
  return stride === 1 && y.shape[2] === x.shape[2] ? net.add(`${path}.add`, [x, y]) : y;
}

/** MobileNetV3 under torchvision's names (Howard et al. 2019), Small and Large, of any width. */
export const mobileNetV3: TorchArchitecture = {
  name: 'MobileNetV3',
  recognises: (net) =>
    net.has('features.0.0.weight') && net.has('features.1.block.0.0.weight') && net.has('classifier.3.weight'),
  channels: (net) => net.shape('features.0.0.weight')[1],
  build(net, input) {
    const indices = net.indices('features.');
    const plan = BLOCKS[indices.length - 2];
    if (!plan) return net.fail(`expected a MobileNetV3 of 11 or 15 blocks, got ${indices.length - 2}.`);
    let x = net.convBn('features.0.0', 'features.0.1', input, { stride: 2, activation: 'hardSilu', epsilon: EPSILON });
    plan.strides.forEach((stride, i) => {
      x = block(net, `features.${i + 1}`, x, stride, i >= plan.hardSwishFrom ? 'hardSilu' : 'relu');
    });
    net.assumed.add('strides and activations of the published network');
    const last = `features.${indices[indices.length - 1]}`;
    x = net.convBn(`${last}.0`, `${last}.1`, x, { activation: 'hardSilu', epsilon: EPSILON });
    const dense = net.activation('classifier.1', net.linear('classifier.0', net.globalPool(x)), 'hardSilu');
    return net.linear('classifier.3', dense);
  },
};
