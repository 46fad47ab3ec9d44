import type { ExportedLayer } from './exported-layer.js';

/**
 * The PyTorch module path of every layer. Layers that came from PyTorch have it as their name; those of `resNetCifar`, by which
 * CIFAR ResNets are read, are numbered, and get the paths of their blocks back.
 */
export function torchModulePaths(layers: readonly ExportedLayer[]): ReadonlyMap<string, string> {
  const names = new Set(layers.map(({ name }) => name));
  const numbered = names.has('conv0') && names.has('conv1') && names.has('add2') && names.has('fc0');
  if (!numbered) return new Map(layers.map(({ name }) => [name, name]));
  let convolutions = 0;
  while (names.has(`conv${convolutions}`)) convolutions++;
  const blocks = (convolutions - 1) / 6;
  return new Map(layers.map(({ name }) => [name, pathInCifarResNet(name, blocks)]));
}

/** `conv5` is the first convolution of block 2; with three blocks a stage that is `layer1.2.conv1`. */
function pathInCifarResNet(name: string, blocks: number): string {
  if (name === 'fc0') return 'fc';
  const match = /^(conv|bn)(Shortcut)?(\d+)$/.exec(name);
  if (!match) return name;
  const [, kind, shortcut, digits] = match;
  const number = Number(digits);
  if (number === 0) return `${kind}1`;
  const block = Math.floor((number - 1) / 2);
  const path = `layer${Math.floor(block / blocks) + 1}.${block % blocks}`;
  if (shortcut) return `${path}.downsample.${kind === 'conv' ? 0 : 1}`;
  return `${path}.${kind}${((number - 1) % 2) + 1}`;
}
