import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/**
 * ResNets under torchvision's names (He et al. 2016), with what timm and others add: basic blocks and bottlenecks, any groups
 * and widths (ResNeXt, Wide ResNet), squeeze-and-excitation, stems of one 7×7 convolution, one 3×3 (CIFAR) or three 3×3,
 * shortcuts by a strided convolution or by average pooling and a convolution. Strides are 2 from the second stage on, in
 * bottlenecks at the 3×3 convolution.
 */
export const resNet: TorchArchitecture = {
  name: 'ResNet',
  recognises: (net) =>
    (net.has('conv1.weight') || net.has('conv1.0.weight')) && net.has('bn1.weight') && net.has('layer1.0.conv1.weight'),
  channels: (net) => net.shape(net.has('conv1.weight') ? 'conv1.weight' : 'conv1.0.weight')[1],
  build(net, input) {
    let x = stem(net, input);
    for (let stage = 1; net.has(`layer${stage}.0.conv1.weight`); stage++) {
      for (const index of net.indices(`layer${stage}.`)) {
        x = block(net, `layer${stage}.${index}`, x, stage > 1 && index === 0 ? 2 : 1);
      }
    }
    net.assumed.add(
      "strides of 2 from the second stage on, without smoothing (timm's resnetblur and resnetaa are of the same tensors)",
    );
    const head = ['fc', 'linear', 'classifier', 'head'].find(
      (name) => net.has(`${name}.weight`) || net.indices(`${name}.`).length > 0,
    );
    if (head === undefined)
      return net.fail("found a ResNet without its last layer 'fc'; only whole classifiers are opened.");
    return net.linear(head, net.globalPool(x));
  },
};

function stem(net: TorchNetwork, input: Placed): Placed {
  let x = input;
  let pool = true;
  if (net.has('conv1.weight')) {
    const kernel = net.shape('conv1.weight')[2];
    pool = kernel > 3;
    x = net.conv('conv1', x, { stride: pool ? 2 : 1 });
    if (!pool) net.assumed.add('a 3×3 stem of stride 1 without pooling, as for small images');
  } else {
    x = net.convBn('conv1.0', 'conv1.1', x, { stride: 2 });
    x = net.convBn('conv1.3', 'conv1.4', x);
    x = net.conv('conv1.6', x);
  }
  x = net.relu('relu', net.batchNorm('bn1', x));
  return pool ? net.maxPool('maxpool', x, 3, 2, 1) : x;
}

function block(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  const [conv, bn] = [1, 2, 3].map((i) => `${path}.conv${i}`).reduce<[string[], string[]]>(
    ([convs, norms], name, i) => [[...convs, name], [...norms, `${path}.bn${i + 1}`]],
    [[], []],
  ); // prettier-ignore
  let y: Placed;
  if (net.has(`${conv[2]}.weight`)) {
    y = net.convBn(conv[0], bn[0], x);
    y = net.convBn(conv[1], bn[1], y, { stride });
    y = net.batchNorm(bn[2], net.conv(conv[2], y));
  } else {
    y = net.convBn(conv[0], bn[0], x, { stride });
    y = net.batchNorm(bn[1], net.conv(conv[1], y));
  }
  y = squeezeExcite(net, path, y);
  const skip = shortcut(net, path, x, stride);
  if (skip.shape[2] !== y.shape[2])
    net.fail(`'${path}': the shortcut has ${skip.shape[2]} channels, the block ${y.shape[2]}.`);
  return net.relu(`${path}.relu`, net.add(`${path}.add`, [y, skip]));
}

function squeezeExcite(net: TorchNetwork, path: string, y: Placed): Placed {
  const se = [`${path}.se`, `${path}.se_module`].find((name) => net.has(`${name}.fc1.weight`));
  if (se !== undefined) {
    const gate = net.conv(`${se}.fc2`, net.relu(`${se}.relu`, net.conv(`${se}.fc1`, net.squeeze(`${se}.pool`, y))));
    return net.gate(`${se}.scale`, y, net.activation(`${se}.sigmoid`, gate, 'sigmoid'));
  }
  // moskomule's SENet: two linear layers
  if (!net.has(`${path}.se.fc.0.weight`)) return y;
  const pooled = net.globalPool(y, `${path}.se.pool`);
  const gate = net.linear(`${path}.se.fc.2`, net.relu(`${path}.se.fc.1`, net.linear(`${path}.se.fc.0`, pooled)));
  return net.gate(`${path}.se.scale`, y, net.activation(`${path}.se.fc.3`, gate, 'sigmoid'));
}

function shortcut(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  const name = [`${path}.downsample`, `${path}.shortcut`].find((one) => net.indices(`${one}.`).length > 0);
  if (name === undefined) {
    if (stride > 1) net.fail(`'${path}': a shortcut of stride 2 without weights; the names do not say what it does.`);
    return x;
  }
  // timm: average pooling, then a convolution of stride 1
  if (net.has(`${name}.1.weight`) && net.shape(`${name}.1.weight`).length === 4) {
    const how = { ceilMode: true, countBorder: false };
    const pooled = stride > 1 ? net.averagePool(`${name}.0`, x, 2, stride, 0, how) : x;
    return net.batchNorm(`${name}.2`, net.conv(`${name}.1`, pooled));
  }
  return net.batchNorm(`${name}.1`, net.conv(`${name}.0`, x, { stride }));
}
