import type { Conversion, Operator } from '../conversion.js';
import { type Atom, type Feature, mapFeature, sameAtoms, sameAtomSet } from '../feature.js';
import type { NodeReader } from '../node-reader.js';
import { RECOGNISED_ADAPTIVE_POOLING } from '../recognise-adaptive-pooling.js';
import { borderOf } from './weighted.js';

const pool =
  (kind: 'Max' | 'Average'): Operator =>
  (node, to) => {
    const x = to.map(node, node.feature(0));
    const window = node.pair('kernel_shape', 1);
    const strides = node.pair('strides', 1);
    if (node.pair('dilations', 1).some((n) => n !== 1)) node.fail('dilated pooling is not converted.');
    const settings = {
      window,
      strides,
      border: borderOf(node, x, window, strides),
      ceilMode: node.int('ceil_mode', 0) === 1,
      countBorder: node.int('count_include_pad', 0) === 1,
    };
    const placed = { layer: x.layer, shape: x.shape };
    const made =
      kind === 'Max'
        ? to.layers.maxPool(to.name(node), placed, settings)
        : to.layers.averagePool(to.name(node), placed, settings);
    return mapFeature(made.layer, made.shape as number[]);
  };

const globalPool =
  (kind: 'Average' | 'Max'): Operator =>
  (node, to) => {
    const x = to.map(node, node.feature(0));
    const made = to.layers.globalPool(to.name(node), { layer: x.layer, shape: x.shape }, kind);
    const channels = to.channelAtoms(x);
    return { kind: 'feature', layer: made.layer, shape: [x.shape[2]], atoms: channels, axes: [channels, [], []] };
  };

/** PyTorch's AdaptiveAvgPool2d, by the positions [rows out, rows, columns out, columns, 2] that its windows read. */
const adaptivePool: Operator = (node, to) => {
  const x = to.map(node, node.feature(0));
  const { shape, values } = node.constant(1);
  const [rowsOut = 0, rows = 0, columnsOut = 0, columns = 0, pair] = shape;
  const [height, width, channels] = x.shape;
  const startsAt = (i: number, from: number, to: number) => Math.floor((i * from) / to);
  let fits = shape.length === 5 && pair === 2 && values.length === rowsOut * rows * columnsOut * columns * 2;
  for (let i = 0; i < rowsOut && fits; i++) {
    for (let k = 0; k < columnsOut && fits; k++) {
      const first = ((i * rows * columnsOut + k) * columns) * 2; // prettier-ignore
      fits = values[first] === startsAt(i, height, rowsOut) && values[first + 1] === startsAt(k, width, columnsOut);
    }
  }
  if (!fits) return node.fail('reads parts of a map that are not the windows of an adaptive average pooling.');
  const config = { output_size: [rowsOut, columnsOut] };
  const size = [rowsOut, columnsOut, channels];
  const made = to.layers.add(to.name(node), 'AdaptiveAveragePooling2D', config, [x.layer], size);
  return mapFeature(made.layer, size);
};

/** A mean or maximum over height and width together, by whatever axes ONNX sees them. */
const reduceOver =
  (kind: 'Average' | 'Max'): Operator =>
  (node, to) => {
    const x = node.feature(0);
    const rank = x.axes.length + 1;
    const axes = node.list(1, 'axes')?.map((axis) => node.axis(axis, rank));
    const reduced = axes?.flatMap((axis) => (axis === 0 ? node.fail('reduces the batch.') : x.axes[axis - 1]));
    const channels = to.channelAtoms(x);
    const spatial = x.atoms.slice(0, x.atoms.length - channels.length);
    if (!reduced || x.shape.length !== 3 || !sameAtomSet(reduced, spatial)) {
      if (reduced?.length === 0) return kept(node, x, axes!);
      const one = reduced && oneAxis(x, reduced);
      if (one) return kept(node, overOneAxis(node, to, x, one, kind), axes!);
      return node.fail('only means and maxima over the whole height and width are converted.');
    }
    const made = to.layers.globalPool(to.name(node), { layer: x.layer, shape: x.shape }, kind);
    return kept(node, { ...x, layer: made.layer, shape: [x.shape[2]], atoms: channels }, axes!);
  };

/** Whether the reduced numbers are the height's (1) or the width's (2) of the layer. */
function oneAxis(x: Feature, reduced: readonly Atom[]): 1 | 2 | null {
  if (x.shape.length !== 3) return null;
  const [, h, w] = mapFeature(x.layer, x.shape).axes;
  if (sameAtoms(reduced, x.atoms.slice(0, h.length)) && h.length === reduced.length) return 1;
  return sameAtoms(reduced, x.atoms.slice(h.length, h.length + w.length)) ? 2 : null;
}

/** A mean or maximum over height or width alone: a window as long as the axis. */
function overOneAxis(node: NodeReader, to: Conversion, x: Feature, axis: 1 | 2, kind: 'Average' | 'Max'): Feature {
  const window = axis === 1 ? ([x.shape[0], 1] as const) : ([1, x.shape[1]] as const);
  const placed = { layer: x.layer, shape: x.shape };
  const settings = { window, strides: window };
  const made = kind === 'Max' ? to.layers.maxPool(to.name(node), placed, settings) : to.layers.averagePool(to.name(node), placed, settings); // prettier-ignore
  const rows = x.shape[0] > 1 ? 1 : 0;
  const atoms = x.atoms.filter((_, i) => i !== (axis === 1 ? 0 : rows));
  return { ...x, layer: made.layer, shape: made.shape as number[], atoms };
}

/** The reduced axes as axes of size 1, or left out. */
function kept(node: NodeReader, x: Feature, axes: readonly number[]): Feature {
  const keep = node.int('keepdims', 1) === 1;
  const left = x.axes.flatMap((atoms, i) => (axes.includes(i + 1) ? (keep ? [[]] : []) : [atoms]));
  return { ...x, axes: left };
}

export const POOLING: Readonly<Record<string, Operator>> = {
  MaxPool: pool('Max'),
  AveragePool: pool('Average'),
  GlobalAveragePool: globalPool('Average'),
  GlobalMaxPool: globalPool('Max'),
  ReduceMean: reduceOver('Average'),
  ReduceMax: reduceOver('Max'),
  [RECOGNISED_ADAPTIVE_POOLING]: adaptivePool,
};
