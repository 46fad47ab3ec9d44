import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** Strides of the stages' first blocks: EfficientNet's, and those of EfficientNet-v2, which starts with fused blocks. */
const STRIDES = [1, 2, 2, 2, 1, 2, 1];

/** Squeeze-and-excitation of two 1×1 convolutions, `fc1` and `fc2`. */
export function squeezeExcite(net: TorchNetwork, path: string, x: Placed, inner: string, gate: string): Placed {
  const narrow = net.conv(`${path}.fc1`, net.squeeze(`${path}.avgpool`, x));
  const wide = net.conv(`${path}.fc2`, net.activation(`${path}.activation`, narrow, inner));
  return net.gate(`${path}.scale`, x, net.activation(`${path}.gate`, wide, gate));
}

function block(net: TorchNetwork, path: string, x: Placed, stride: number, epsilon: number): Placed {
  const indices = net.indices(`${path}.block.`);
  const part = (i: number) => `${path}.block.${i}`;
  let y = x;
  // The strided convolution is the depthwise one, or in fused blocks the first.
  const strided = indices.find((i) => net.has(`${part(i)}.0.weight`) && net.shape(`${part(i)}.0.weight`)[2] > 1);
  for (const i of indices) {
    if (net.has(`${part(i)}.fc1.weight`)) y = squeezeExcite(net, part(i), y, 'swish', 'sigmoid');
    else {
      const last = i === indices[indices.length - 1] && indices.length > 1;
      const how = { stride: i === strided ? stride : 1, activation: last ? null : 'swish', epsilon };
      y = net.convBn(`${part(i)}.0`, `${part(i)}.1`, y, how);
    }
  }
  return stride === 1 && y.shape[2] === x.shape[2] ? net.add(`${path}.add`, [x, y]) : y;
}

/**
 * torchvision builds EfficientNet-v2, and B5 to B7, whose last convolution has 2048 kernels and more, with an epsilon of 0.001;
 * the others with PyTorch's own. Weights do not say it.
 */
function epsilonOf(net: TorchNetwork, stages: readonly number[]): number {
  const fused = !net.has('features.1.0.block.1.fc1.weight');
  return fused || net.shape(`features.${stages[stages.length - 1]}.0.weight`)[0] >= 2048 ? 1e-3 : 1e-5;
}

/** EfficientNet and EfficientNet-v2 under torchvision's names (Tan & Le 2019, 2021), of any width and depth. */
export const efficientNet: TorchArchitecture = {
  name: 'EfficientNet',
  recognises: (net) => net.has('features.0.0.weight') && net.has('features.1.0.block.0.0.weight'),
  channels: (net) => net.shape('features.0.0.weight')[1],
  build(net, input) {
    const stages = net.indices('features.');
    const epsilon = epsilonOf(net, stages);
    net.assumed.add(`batch normalisation with epsilon ${epsilon}`);
    net.assumed.add(`strides ${STRIDES.slice(0, stages.length - 2).join(', ')} at the stages' first blocks`);
    let x = net.convBn('features.0.0', 'features.0.1', input, { stride: 2, activation: 'swish', epsilon });
    for (const stage of stages.slice(1, -1)) {
      for (const index of net.indices(`features.${stage}.`)) {
        const stride = index === 0 ? (STRIDES[stage - 1] ?? 1) : 1;
        x = block(net, `features.${stage}.${index}`, x, stride, epsilon);
      }
    }
    const last = `features.${stages[stages.length - 1]}`;
    x = net.convBn(`${last}.0`, `${last}.1`, x, { activation: 'swish', epsilon });
    return net.linear('classifier.1', net.globalPool(x));
  },
};
