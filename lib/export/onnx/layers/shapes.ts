import { borderOf, pairOf } from '../../exported-layer.js';
import type { OnnxWriter } from '../onnx-writer.js';
import { fail, ints, isMap, type OnnxValue, type Write } from './write.js';

/** The numbers in the layers' own order: maps with the channels last. */
const channelsLast = (name: string, x: OnnxValue, to: OnnxWriter) =>
  isMap(x) ? to.node('Transpose', name, [x.name], { perm: ints(0, 2, 3, 1) }) : x.name;

export const reshape: Write = (layer, [x], to) => {
  const target = layer.shape.map((size) => size ?? fail(layer, 'needs images of a known size.'));
  const flat = channelsLast(layer.name, x, to);
  const y = to.node('Reshape', layer.name, [flat, to.ints(`${layer.name}.shape`, [0, ...target.map((n) => n)])]);
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

/** Reshape's 0 keeps the batch; with another rank in front the batch is the first axis all the same. */
export const flatten: Write = (layer, [x], to) => to.node('Flatten', layer.name, [channelsLast(layer.name, x, to)]);

export const permute: Write = (layer, [x], to) => {
  const dims = layer.config['dims'] as number[];
  const y = to.node('Transpose', layer.name, [channelsLast(layer.name, x, to)], { perm: ints(0, ...dims) });
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

export const concatenate: Write = (layer, inputs, to) => {
  const axis = layer.config['axis'] as number;
  const fromLast = axis < 0 ? axis : axis - layer.shape.length - 1; // −1: channels
  const place = isMap(layer)
    ? ({ [-1]: 1, [-2]: 3, [-3]: 2 } as Record<number, number>)[fromLast]
    : layer.shape.length + 1 + fromLast;
  return to.node('Concat', layer.name, inputs.map(({ name }) => name), { axis: { int: place } }); // prettier-ignore
};

export const zeroPadding: Write = (layer, [x], to) => {
  const [[top, bottom], [left, right]] = borderOf(layer.config['padding']);
  return to.node('Pad', layer.name, [x.name, to.ints(`${layer.name}.pads`, [0, 0, top, left, 0, 0, bottom, right])]);
};

export const cropping: Write = (layer, [x], to) => {
  const [[top, bottom], [left, right]] = borderOf(layer.config['cropping']);
  const end = (n: number) => (n === 0 ? 2 ** 31 - 1 : -n);
  const list = (name: string, values: readonly number[]) => to.ints(`${layer.name}.${name}`, values);
  return to.node('Slice', layer.name, [
    x.name,
    list('starts', [top, left]),
    list('ends', [end(bottom), end(right)]),
    list('axes', [2, 3]),
  ]);
};

export const upSampling: Write = (layer, [x], to) => {
  const [down, across] = pairOf(layer.config['size'], 2);
  const bilinear = layer.config['interpolation'] === 'bilinear';
  const scales = to.floats(`${layer.name}.scales`, [4], Float32Array.of(1, 1, down, across));
  const none = to.floats(`${layer.name}.roi`, [0], new Float32Array(0));
  return to.node('Resize', layer.name, [x.name, none, scales], {
    mode: { text: bilinear ? 'linear' : 'nearest' },
    coordinate_transformation_mode: { text: bilinear ? 'half_pixel' : 'asymmetric' },
    nearest_mode: { text: 'floor' },
  });
};

export const subsampleChannels: Write = (layer, [x], to) => {
  const { stride, sources } = layer.config as { stride: number; sources: number[] };
  const list = (name: string, values: readonly number[]) => to.ints(`${layer.name}.${name}`, values);
  let y = x.name;
  if (stride > 1) {
    const far = 2 ** 31 - 1;
    y = to.node('Slice', layer.name, [y, list('starts', [0, 0]), list('ends', [far, far]), list('axes', [2, 3]), list('steps', [stride, stride])]); // prettier-ignore
  }
  const zero = x.shape[2]!;
  if (sources.includes(-1)) y = to.node('Pad', layer.name, [y, list('pads', [0, 0, 0, 0, 0, 1, 0, 0])]);
  const taken = list('sources', sources.map((source) => (source < 0 ? zero : source))); // prettier-ignore
  return to.node('Gather', layer.name, [y, taken], { axis: { int: 1 } });
};

export const channelShuffle: Write = (layer, [x], to) => {
  const groups = layer.config['groups'] as number;
  const channels = layer.shape[2]!;
  const order = Array.from({ length: channels }, (_, i) => (i % groups) * (channels / groups) + Math.floor(i / groups));
  return to.node('Gather', layer.name, [x.name, to.ints(`${layer.name}.order`, order)], { axis: { int: 1 } });
};
