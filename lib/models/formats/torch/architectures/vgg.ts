import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

const sequence = (net: TorchNetwork, prefix: string) => net.indices(`${prefix}.`).map((i) => `${prefix}.${i}`);

/** Linear layers with ReLU between them, the first behind a flattening. */
export function denseHead(net: TorchNetwork, x: Placed, path = 'classifier'): Placed {
  const names = net.has(`${path}.weight`) ? [path] : sequence(net, path);
  if (names.length === 0) return net.fail(`found no '${path}'; only whole classifiers are opened.`);
  const channels = x.shape[2]!;
  const grid = Math.sqrt(net.shape(`${names[0]}.weight`)[1] / channels);
  if (!Number.isInteger(grid)) {
    net.fail(
      `tensor '${names[0]}.weight' [${net.shape(`${names[0]}.weight`).join(', ')}] does not fit ${channels} channels.`,
    );
  }
  let y = grid === 1 ? net.linear(names[0], net.globalPool(x)) : net.linearOfMap(names[0], net.adaptivePool(x, grid));
  for (const name of names.slice(1)) {
    y = net.linear(name, net.relu(`${name}.relu`, y));
  }
  return y;
}

/**
 * VGG under torchvision's names (Simonyan & Zisserman 2015), with and without batch normalisation, of any widths: where a number
 * is missing between two layers there is a 2×2 max pooling, and one behind the last.
 */
export const vgg: TorchArchitecture = {
  name: 'VGG',
  recognises: (net) =>
    net.has('features.0.weight') &&
    net.shape('features.0.weight').length === 4 &&
    net.shape('features.0.weight')[2] === 3 &&
    net.indices('features.').every((i) => net.has(`features.${i}.weight`)) &&
    net
      .indices('features.')
      .every((i) => net.shape(`features.${i}.weight`).length !== 4 || net.shape(`features.${i}.weight`)[2] === 3) &&
    (net.has('classifier.weight') || net.indices('classifier.').length > 0 || net.has('pre_logits.fc1.weight')),
  channels: (net) => net.shape('features.0.weight')[1],
  // timm's dense layers are convolutions over a whole map, which smaller maps are brought to: that takes a known size.
  size: (net) => (net.has('pre_logits.fc1.weight') ? [224, 224] : [null, null]),
  build(net, input) {
    const indices = net.indices('features.');
    let x = input;
    const convs = indices.filter((i) => net.shape(`features.${i}.weight`).length === 4);
    convs.forEach((index, n) => {
      const bn = net.has(`features.${index + 1}.running_mean`);
      x = net.conv(`features.${index}`, x);
      if (bn) x = net.batchNorm(`features.${index + 1}`, x);
      const relu = index + (bn ? 2 : 1);
      x = net.relu(`features.${relu}`, x);
      const next = convs[n + 1];
      if (next !== undefined && next !== relu + 1 && next !== relu + 2) {
        net.fail(`what stands between 'features.${relu}' and 'features.${next}' cannot be known.`);
      }
      if (next !== relu + 1) x = net.maxPool(`features.${relu + 1}`, x, 2, 2);
    });
    return net.has('pre_logits.fc1.weight') ? convolutionalHead(net, x) : denseHead(net, x);
  },
};

/** timm's form of the dense layers: convolutions over the whole map, which it brings to their size where it is smaller. */
function convolutionalHead(net: TorchNetwork, x: Placed): Placed {
  net.assumed.add('made for images of one size, 224×224 unless imageSize says another');
  const window = net.shape('pre_logits.fc1.weight')[2];
  const small = x.shape.slice(0, 2).some((n) => n !== null && n < window);
  if (small && x.shape.slice(0, 2).some((n) => n !== null && n > window)) {
    net.fail(
      `its images are too narrow: maps of ${x.shape.slice(0, 2).join('×')} under windows of ${window}×${window}.`,
    );
  }
  let y = small ? net.adaptivePool(x, window, 'pre_logits.pool') : x;
  y = net.relu('pre_logits.act1', net.conv('pre_logits.fc1', y, { padding: 0 }));
  y = net.relu('pre_logits.act2', net.conv('pre_logits.fc2', y));
  return net.linear('head.fc', net.globalPool(y, 'head.global_pool'));
}
