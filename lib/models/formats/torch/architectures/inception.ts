import type { Placed } from '../../channels-first-layers.js';
import { exportAdvice } from '../export-advice.js';
import type { TorchConv, TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** torchvision's BasicConv2d: convolution, batch normalisation with epsilon 0.001, ReLU. */
const basic = (net: TorchNetwork, path: string, x: Placed, how: TorchConv = {}): Placed =>
  net.convBn(`${path}.conv`, `${path}.bn`, x, { ...how, epsilon: 1e-3 });

const row = (net: TorchNetwork, path: string, names: readonly string[], x: Placed): Placed =>
  names.reduce((y, name) => basic(net, `${path}.${name}`, y), x);

const NARROW: TorchConv = { stride: 2, padding: 0 };

function notTransformed(net: TorchNetwork): void {
  net.assumed.add(
    'takes images as the network itself does; where torchvision was asked for trained weights to start from, it set transform_input, ' +
      'and the network takes values from −1 to 1 (normalisation: mean 0.5, std 0.5), whatever stands in front of it in PyTorch',
  );
}

/** GoogLeNet under torchvision's names (Szegedy et al. 2015); the auxiliary classifiers of training are left out. */
export const googLeNet: TorchArchitecture = {
  name: 'GoogLeNet',
  recognises: (net) => net.has('conv1.conv.weight') && net.has('inception3a.branch1.conv.weight'),
  channels: (net) => net.shape('conv1.conv.weight')[1],
  build(net, input) {
    if (net.shape('conv1.conv.weight')[2] !== 7) {
      net.fail(`a GoogLeNet with another stem than 7×7: its strides cannot be known. ${exportAdvice()}`);
    }
    ['aux1.', 'aux2.'].forEach((prefix) => net.passOver(prefix));
    notTransformed(net);
    const mixed = (name: string, x: Placed) => {
      const path = `inception${name}`;
      return net.concat(path, [
        basic(net, `${path}.branch1`, x),
        row(net, path, ['branch2.0', 'branch2.1'], x),
        row(net, path, ['branch3.0', 'branch3.1'], x),
        basic(net, `${path}.branch4.1`, net.maxPool(`${path}.branch4.0`, x, 3, 1, 1, true)),
      ]);
    };
    let x = net.maxPool('maxpool1', basic(net, 'conv1', input, { stride: 2 }), 3, 2, 0, true);
    x = net.maxPool('maxpool2', basic(net, 'conv3', basic(net, 'conv2', x)), 3, 2, 0, true);
    x = net.maxPool('maxpool3', mixed('3b', mixed('3a', x)), 3, 2, 0, true);
    x = ['4a', '4b', '4c', '4d', '4e'].reduce((y, name) => mixed(name, y), x);
    x = net.maxPool('maxpool4', x, 2, 2, 0, true);
    return net.linear('fc', net.globalPool(mixed('5b', mixed('5a', x))));
  },
};

/** Inception-v3 under torchvision's names (Szegedy et al. 2016); the auxiliary classifier of training is left out. */
export const inceptionV3: TorchArchitecture = {
  name: 'Inception-v3',
  recognises: (net) => net.has('Conv2d_1a_3x3.conv.weight') && net.has('Mixed_5b.branch1x1.conv.weight'),
  channels: (net) => net.shape('Conv2d_1a_3x3.conv.weight')[1],
  build(net, input) {
    net.passOver('AuxLogits.');
    notTransformed(net);
    let x = basic(net, 'Conv2d_1a_3x3', input, NARROW);
    x = basic(net, 'Conv2d_2b_3x3', basic(net, 'Conv2d_2a_3x3', x, { padding: 0 }));
    x = basic(net, 'Conv2d_3b_1x1', net.maxPool('maxpool1', x, 3, 2));
    x = net.maxPool('maxpool2', basic(net, 'Conv2d_4a_3x3', x, { padding: 0 }), 3, 2);
    for (const path of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = mixedA(net, path, x);
    x = mixedB(net, 'Mixed_6a', x);
    for (const path of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) x = mixedC(net, path, x);
    x = mixedD(net, 'Mixed_7a', x);
    for (const path of ['Mixed_7b', 'Mixed_7c']) x = mixedE(net, path, x);
    return net.linear('fc', net.globalPool(x));
  },
};

const pooled = (net: TorchNetwork, path: string, x: Placed): Placed =>
  basic(net, `${path}.branch_pool`, net.averagePool(`${path}.pool`, x, 3, 1, 1));

const mixedA = (net: TorchNetwork, path: string, x: Placed): Placed =>
  net.concat(path, [
    basic(net, `${path}.branch1x1`, x),
    row(net, path, ['branch5x5_1', 'branch5x5_2'], x),
    row(net, path, ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3'], x),
    pooled(net, path, x),
  ]);

const mixedB = (net: TorchNetwork, path: string, x: Placed): Placed =>
  net.concat(path, [
    basic(net, `${path}.branch3x3`, x, NARROW),
    basic(net, `${path}.branch3x3dbl_3`, row(net, path, ['branch3x3dbl_1', 'branch3x3dbl_2'], x), NARROW),
    net.maxPool(`${path}.pool`, x, 3, 2),
  ]);

const mixedC = (net: TorchNetwork, path: string, x: Placed): Placed =>
  net.concat(path, [
    basic(net, `${path}.branch1x1`, x),
    row(net, path, ['branch7x7_1', 'branch7x7_2', 'branch7x7_3'], x),
    row(net, path, [1, 2, 3, 4, 5].map((i) => `branch7x7dbl_${i}`), x), // prettier-ignore
    pooled(net, path, x),
  ]);

const mixedD = (net: TorchNetwork, path: string, x: Placed): Placed =>
  net.concat(path, [
    basic(net, `${path}.branch3x3_2`, basic(net, `${path}.branch3x3_1`, x), NARROW),
    basic(net, `${path}.branch7x7x3_4`, row(net, path, [1, 2, 3].map((i) => `branch7x7x3_${i}`), x), NARROW), // prettier-ignore
    net.maxPool(`${path}.pool`, x, 3, 2),
  ]);

function mixedE(net: TorchNetwork, path: string, x: Placed): Placed {
  const fork = (name: string, ends: readonly string[], y: Placed) =>
    net.concat(`${path}.${name}`, ends.map((end) => basic(net, `${path}.${end}`, y))); // prettier-ignore
  return net.concat(path, [
    basic(net, `${path}.branch1x1`, x),
    fork('branch3x3', ['branch3x3_2a', 'branch3x3_2b'], basic(net, `${path}.branch3x3_1`, x)),
    fork(
      'branch3x3dbl',
      ['branch3x3dbl_3a', 'branch3x3dbl_3b'],
      row(net, path, ['branch3x3dbl_1', 'branch3x3dbl_2'], x),
    ),
    pooled(net, path, x),
  ]);
}
