import type { Placed } from '../../channels-first-layers.js';
import type { Conversion, Operator } from '../conversion.js';
import { axisSizes, type Feature, mapFeature, perImage, reshaped, sameAtomSet, vectorFeature } from '../feature.js';
import { sliceRanges, splitSizes } from '../fold-constants.js';
import type { NodeReader } from '../node-reader.js';
import { flatOrFeature } from './shapes.js';

const placed = ({ layer, shape }: Feature) => ({ layer, shape });

/** Which axis of a layer [height, width, channels] or [features] an axis of ONNX is. */
function layerAxis(node: NodeReader, to: Conversion, x: Feature, axis: number): number {
  if (axis === 0) return node.fail('works along the batch.');
  const channels = to.channelAtoms(x);
  if (sameAtomSet(x.axes[axis - 1], channels)) return x.shape.length;
  if (x.shape.length === 3) {
    const canonical = mapFeature(x.layer, x.shape);
    const [, h, w] = canonical.axes;
    const position = x.atoms.indexOf(x.axes[axis - 1][0]);
    if (h.length > 0 && position === 0) return 1;
    if (w.length > 0 && position === h.length) return 2;
  }
  return node.fail(`axis ${axis} is no axis of the layers' [height, width, channels].`);
}

const concat: Operator = (node, to) => {
  const features = node.inputs.map((_, i) => node.feature(i));
  const [first] = features;
  const axis = node.axis(node.int('axis', 1), first.axes.length + 1);
  if (features.length === 1) return first;
  if (first.axes.length === 1) {
    const parts = features.map((feature) => to.orderedVector(node, feature));
    const made = to.layers.concatenate(to.name(node), parts.map(placed));
    return vectorFeature(made.layer, made.shape[0]!);
  }
  // ONNX's axes by those of the first part: [channels, height, width], or as tf2onnx has them [height, width, channels].
  const channelsLast = sameAtomSet(first.axes[2] ?? [], to.channelAtoms(first)) && first.axes[2].length > 0;
  const [c, h, w] = channelsLast ? [2, 0, 1] : [0, 1, 2];
  const view = (feature: Feature): Feature =>
    feature.axes.length === 3
      ? { ...feature, axes: [feature.axes[c], feature.axes[h], feature.axes[w]] }
      : node.fail(`expected four axes, got ${feature.axes.length + 1}.`);
  const parts = features.map((feature) => to.map(node, view(feature)));
  const along = axis - 1 === c ? 3 : axis - 1 === h ? 1 : axis - 1 === w ? 2 : node.fail('works along the batch.');
  const made = to.layers.concatenate(to.name(node), parts.map(placed), along === 3 ? -1 : along);
  const map = mapFeature(made.layer, made.shape as number[]);
  return channelsLast ? { ...map, axes: [map.axes[1], map.axes[2], map.axes[0]] } : map;
};

/** Some of the numbers along one axis of a feature. */
function pick(node: NodeReader, to: Conversion, feature: Feature, axis: number, indices: readonly number[]): Feature {
  const size = axisSizes(feature)[axis - 1];
  if (axis > 0 && indices.length === size && indices.every((index, i) => index === i)) return feature;
  if (feature.axes.length !== 3) {
    return node.fail(`takes a part of [${axisSizes(feature).join(', ')}] per image; only parts of maps are converted.`);
  }
  // Seen with ONNX's own axis order kept: the map is [channels, height, width] by position unless the channels are last.
  const last = feature.axes[2].length > 0 && sameAtomSet(feature.axes[2], to.channelAtoms(feature));
  const [c, h, w] = last ? [2, 0, 1] : [0, 1, 2];
  const x = to.map(node, { ...feature, axes: [feature.axes[c], feature.axes[h], feature.axes[w]] });
  const made = pickOfMap(node, to, x, axis - 1 === c ? 3 : axis - 1 === h ? 1 : 2, indices);
  const map = mapFeature(made.layer, made.shape as number[]);
  return last ? { ...map, axes: [map.axes[1], map.axes[2], map.axes[0]] } : map;
}

function pickOfMap(node: NodeReader, to: Conversion, x: Feature, axis: number, indices: readonly number[]) {
  if (indices.length === 0) node.fail('takes nothing.');
  if (axis === 3) return to.layers.channels(to.name(node), placed(x), indices);
  const size = x.shape[axis - 1];
  const step = indices.length > 1 ? indices[1] - indices[0] : 1;
  if (step < 1 || indices.some((index, i) => index !== indices[0] + i * step)) {
    node.fail('takes rows or columns backwards or with unequal gaps.');
  }
  const last = indices[indices.length - 1];
  const cut: [number, number] = [indices[0], size - 1 - last];
  let made: Placed = placed(x);
  if (cut[0] > 0 || cut[1] >= step) {
    const cropping = axis === 1 ? [cut, [0, 0]] : [[0, 0], cut];
    const shape = x.shape.map((n, i) => (i === axis - 1 ? last - indices[0] + 1 : n));
    made = to.layers.add(to.name(node), 'Cropping2D', { cropping, data_format: 'channels_last' }, [x.layer], shape);
  }
  if (step === 1) return made;
  // Windows of one pixel: every step-th row or column.
  const strides = axis === 1 ? ([step, 1] as const) : ([1, step] as const);
  return to.layers.averagePool(to.name(node), made, { window: [1, 1], strides });
}

const split: Operator = (node, to) => {
  const x = node.feature(0);
  const axis = node.axis(node.int('axis', 0), x.axes.length + 1);
  if (axis === 0) return node.fail('works along the batch.');
  let from = 0;
  return splitSizes(node, axisSizes(x)[axis - 1]).map((size) => {
    const indices = Array.from({ length: size }, (_, i) => from + i);
    from += size;
    return pick(node, to, x, axis, indices);
  });
};

const slice: Operator = (node, to) => {
  const x = node.feature(0);
  const shape = [node.batch, ...axisSizes(x)];
  const ranges = sliceRanges(node, shape).filter(
    ({ axis, indices }) => indices.length !== shape[axis] || indices[0] !== 0,
  );
  if (ranges.some(({ axis }) => axis === 0)) return node.fail('takes some of the images of a batch.');
  const steps = ranges.map(({ indices }) => (indices.length > 1 ? indices[1] - indices[0] : 1));
  // Every second row and column, the parameter-free shortcut of CIFAR's ResNets.
  if (ranges.length === 2 && steps[0] > 1 && steps[0] === steps[1] && ranges.every(({ indices }) => indices[0] === 0)) {
    const map = to.map(node, x);
    const axes = ranges.map(({ axis }) => layerAxis(node, to, map, axis)).sort();
    const whole = ranges.every(({ axis, indices }) => indices.length === Math.ceil(shape[axis] / steps[0]));
    if (axes[0] === 1 && axes[1] === 2 && whole) {
      const all = Array.from({ length: map.shape[2] }, (_, i) => i);
      const made = to.layers.channels(to.name(node), placed(map), all, steps[0]);
      return mapFeature(made.layer, made.shape as number[]);
    }
  }
  return ranges.reduce((part, { axis, indices }) => pick(node, to, part, axis, indices), x);
};

/** All numbers of a batch, read one after the other into a new shape, as PyTorch's exporter writes `as_strided`. */
function inItsOwnOrder(node: NodeReader): Feature | null {
  const x = flatOrFeature(node);
  if (!x.acrossBatch) return null;
  const { shape, values } = node.constant(1);
  const inOrder = shape[0] === node.batch && [...values].every((at, i) => at === i);
  return (
    (inOrder ? reshaped(perImage(x), shape.slice(1)) : null) ??
    node.fail('reads the images of a batch in another order.')
  );
}

const gather: Operator = (node, to) => {
  const whole = inItsOwnOrder(node);
  if (whole) return whole;
  const x = node.feature(0);
  const indices = node.constant(1);
  const axis = node.axis(node.int('axis', 0), x.axes.length + 1);
  if (axis === 0) return node.fail('takes some of the images of a batch.');
  const size = axisSizes(x)[axis - 1];
  const from0 = [...indices.values].map((i) => (i < 0 ? i + size : i));
  if (indices.shape.length > 1 || from0.some((i) => i < 0 || i >= size)) {
    return node.fail(`expected positions below ${size}, got [${from0.slice(0, 5).join(', ')}].`);
  }
  const part = pick(node, to, x, axis, from0);
  // A single position leaves its axis out.
  return indices.shape.length === 0 ? { ...part, axes: part.axes.filter((_, i) => i !== axis - 1) } : part;
};

const pad: Operator = (node, to) => {
  const x = node.feature(0);
  const rank = x.axes.length + 1;
  const mode = node.text('mode', 'constant');
  const pads = node.list(1, 'pads') ?? node.fail('names no pads.');
  const value = node.known(2)?.values[0] ?? node.float('value', 0);
  const axes = node.known(3)?.values ?? Array.from({ length: rank }, (_, i) => i);
  const around = Array.from({ length: rank }, () => [0, 0]);
  [...axes].forEach((axis, i) => (around[node.axis(axis, rank)] = [pads[i], pads[i + axes.length]]));
  if (around.flat().every((n) => n === 0)) return x;
  if (mode !== 'constant' || value !== 0) node.fail(`mode '${mode}' with ${value}: only zeros are converted.`);
  if (around[0].some((n) => n !== 0) || around.flat().some((n) => n < 0) || rank !== 4) {
    node.fail(`pads: expected numbers from 0 on for channels, height and width, got [${pads.join(', ')}].`);
  }
  const last = x.axes[2].length > 0 && sameAtomSet(x.axes[2], to.channelAtoms(x));
  const [c, h, w] = last ? [2, 0, 1] : [0, 1, 2];
  const map = to.map(node, { ...x, axes: [x.axes[c], x.axes[h], x.axes[w]] });
  let made: ReturnType<typeof placed> = placed(map);
  const [[front, behind], [top, bottom], [left, right]] = [around[c + 1], around[h + 1], around[w + 1]];
  if (top || bottom || left || right) {
    made = to.layers.pad(to.name(node), made, [top, left, bottom, right]) as typeof made;
  }
  if (front || behind) {
    const zeros = (n: number) => new Array<number>(n).fill(-1);
    const own = Array.from({ length: map.shape[2] }, (_, i) => i);
    made = to.layers.channels(to.name(node), made, [...zeros(front), ...own, ...zeros(behind)]) as typeof made;
  }
  const padded = mapFeature(made.layer, made.shape);
  return last ? { ...padded, axes: [padded.axes[1], padded.axes[2], padded.axes[0]] } : padded;
};

const resize: Operator = (node, to) => {
  const x = to.map(node, node.feature(0));
  const mode = node.text('mode', 'nearest');
  const old = node.operator === 'Upsample';
  const scales =
    (old
      ? (node.list(1, 'scales') ?? node.node.attributes.get('scales')?.floats)
      : node.known(node.opset < 11 ? 1 : 2)?.values) ?? [];
  const sizes = old ? [] : (node.known(3)?.values ?? []);
  const shape = [node.batch, x.shape[2], x.shape[0], x.shape[1]];
  const factors = sizes.length === 4 ? [...sizes].map((n, i) => n / shape[i]) : [...scales];
  const way = node.text('coordinate_transformation_mode', old || node.opset < 11 ? 'asymmetric' : 'half_pixel');
  const halfPixels = way === 'half_pixel' || way === 'pytorch_half_pixel';
  const interpolation = mode === 'nearest' ? 'nearest' : 'bilinear';
  const mapsOnly = factors.length === 4 && factors[0] === 1 && factors[1] === 1;
  const whole = mapsOnly && factors.every((n) => Number.isInteger(n) && n > 0);
  if (whole && (mode === 'nearest' ? way !== 'align_corners' : mode === 'linear' && halfPixels)) {
    const config = { size: factors.slice(2), data_format: 'channels_last', interpolation };
    const larger = [x.shape[0] * factors[2], x.shape[1] * factors[3], x.shape[2]];
    const made = to.layers.add(to.name(node), 'UpSampling2D', config, [x.layer], larger);
    return mapFeature(made.layer, larger);
  }
  const [height, width] = [0, 1].map((axis) => Math.floor(x.shape[axis] * factors[axis + 2] + 1e-6));
  const exact = sizes.length === 4 || (height === x.shape[0] * factors[2] && width === x.shape[1] * factors[3]);
  const smooth = mode === 'linear' && halfPixels && node.int('antialias', 0) === 0;
  const nearest = mode === 'nearest' && halfPixels && node.text('nearest_mode', 'round_prefer_floor') === 'floor';
  if (!mapsOnly || !exact || !(smooth || nearest)) {
    node.fail(
      `mode '${mode}' by [${factors.join(', ')}] (${way}): only 'nearest' by whole factors, and 'linear' with half pixels, ` +
        `are converted.`,
    );
  }
  const config = { height, width, interpolation, crop_to_aspect_ratio: false };
  const made = to.layers.add(to.name(node), 'Resizing', config, [x.layer], [height, width, x.shape[2]]);
  return mapFeature(made.layer, [height, width, x.shape[2]]);
};

export const CHANNELS: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
};
