import type { Placed } from '../../channels-first-layers.js';
import { exportAdvice } from '../export-advice.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

function denseLayer(net: TorchNetwork, path: string, x: Placed): Placed {
  let y = net.relu(`${path}.relu1`, net.batchNorm(`${path}.norm1`, x));
  y = net.conv(`${path}.conv1`, y);
  if (net.has(`${path}.conv2.weight`)) {
    y = net.conv(`${path}.conv2`, net.relu(`${path}.relu2`, net.batchNorm(`${path}.norm2`, y)));
  }
  return net.concat(path, [x, y]);
}

/** DenseNet under torchvision's names (Huang et al. 2017), of any growth; a 3×3 stem without normalisation is that for CIFAR. */
export const denseNet: TorchArchitecture = {
  name: 'DenseNet',
  recognises: (net) => net.has('features.conv0.weight') && net.has('features.denseblock1.denselayer1.norm1.weight'),
  channels: (net) => net.shape('features.conv0.weight')[1],
  build(net, input) {
    const small = net.shape('features.conv0.weight')[2] === 3 && !net.has('features.norm0.weight');
    if (!small && net.shape('features.conv0.weight')[2] !== 7) {
      net.fail(`a stem with normalisation, but not of 7×7: its stride and pooling cannot be known. ${exportAdvice()}`);
    }
    let x = net.conv('features.conv0', input, { stride: small ? 1 : 2 });
    if (!small) {
      x = net.relu('features.relu0', net.batchNorm('features.norm0', x));
      x = net.maxPool('features.pool0', x, 3, 2, 1);
    }
    for (let i = 1; net.has(`features.denseblock${i}.denselayer1.norm1.weight`); i++) {
      for (let j = 1; net.has(`features.denseblock${i}.denselayer${j}.norm1.weight`); j++) {
        x = denseLayer(net, `features.denseblock${i}.denselayer${j}`, x);
      }
      const path = `features.transition${i}`;
      if (net.has(`${path}.conv.weight`)) {
        x = net.conv(`${path}.conv`, net.relu(`${path}.relu`, net.batchNorm(`${path}.norm`, x)));
        x = net.averagePool(`${path}.pool`, x, 2, 2);
      }
    }
    const last = net.has('features.norm5.weight') ? 'features.norm5' : 'features.norm_final';
    x = net.relu('features.relu', net.batchNorm(last, x));
    return net.linear('classifier', net.globalPool(x));
  },
};
