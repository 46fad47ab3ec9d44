import type { TorchArchitecture } from './architecture.js';

/**
 * SimpleNet-v1 (HasanPour et al. 2016) under the names of its authors' PyTorch code: convolutions with batch normalisation in
 * `features`, a 2×2 max pooling and dropout where two numbers are missing, global max pooling, `classifier`.
 */
export const simpleNet: TorchArchitecture = {
  name: 'SimpleNet',
  recognises: (net) =>
    net.has('features.38.weight') &&
    net.has('features.46.weight') &&
    net.has('features.39.running_mean') &&
    net.has('classifier.weight'),
  channels: (net) => net.shape('features.0.weight')[1],
  build(net, input) {
    const convs = net.indices('features.').filter((i) => net.shape(`features.${i}.weight`).length === 4);
    let x = input;
    convs.forEach((index, n) => {
      x = net.convBn(`features.${index}`, `features.${index + 1}`, x);
      if (n + 1 < convs.length && convs[n + 1] > index + 3) x = net.maxPool(`features.${index + 3}`, x, 2, 2);
    });
    return net.linear('classifier', net.layers.globalPool('maxpool', x, 'Max'));
  },
};
