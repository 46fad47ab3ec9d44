import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** Strides of the stages, and how many blocks they have, in the published network. */
const STRIDES = [1, 2, 2, 2, 1, 2, 1];
const REPEATS = [1, 2, 3, 4, 3, 3, 1];

/**
 * MobileNetV2 under torchvision's names (Sandler et al. 2018), of any width. Strides are those of the published stages; in
 * networks of other depths a stage starts where the width changes.
 */
export const mobileNetV2: TorchArchitecture = {
  name: 'MobileNetV2',
  recognises: (net) => net.has('features.0.0.weight') && net.has('features.1.conv.0.0.weight'),
  channels: (net) => net.shape('features.0.0.weight')[1],
  build(net, input) {
    const indices = net.indices('features.');
    const blocks = indices.slice(1, -1);
    let x = net.convBn('features.0.0', 'features.0.1', input, { stride: 2, activation: 'relu6' });
    const published = blocks.length === REPEATS.reduce((sum, n) => sum + n, 0);
    const starts = published ? REPEATS.map((_, i) => 1 + REPEATS.slice(0, i).reduce((sum, n) => sum + n, 0)) : null;
    let stage = -1;
    for (const index of blocks) {
      const path = `features.${index}.conv`;
      const widens = outputs(net, path) !== x.shape[2];
      const first = starts ? starts.includes(index) : index === 1 || widens;
      if (first) stage++;
      x = invertedResidual(net, path, x, first ? (STRIDES[stage] ?? 1) : 1);
    }
    net.assumed.add(`strides ${STRIDES.slice(0, stage + 1).join(', ')} at the stages' first blocks`);
    const last = `features.${indices[indices.length - 1]}`;
    x = net.convBn(`${last}.0`, `${last}.1`, x, { activation: 'relu6' });
    return net.linear('classifier.1', net.globalPool(x));
  },
};

/** Whether a block widens the channels before its depthwise convolution. */
const expands = (net: TorchNetwork, path: string) => net.has(`${path}.1.0.weight`);

const outputs = (net: TorchNetwork, path: string) => net.shape(`${path}.${expands(net, path) ? 2 : 1}.weight`)[0];

function invertedResidual(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  const wide = expands(net, path);
  const conv = (index: number, from: Placed, by: number) =>
    net.convBn(`${path}.${index}.0`, `${path}.${index}.1`, from, { stride: by, activation: 'relu6' });
  let y = wide ? conv(1, conv(0, x, 1), stride) : conv(0, x, stride);
  const [project, norm] = wide ? [2, 3] : [1, 2];
  y = net.batchNorm(`${path}.${norm}`, net.conv(`${path}.${project}`, y));
  return stride === 1 && y.shape[2] === x.shape[2] ? net.add(`${path}.add`, [x, y]) : y;
}
