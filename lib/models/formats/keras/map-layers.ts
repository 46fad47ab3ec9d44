import {
  addHelper,
  addLayer,
  type LayerContext,
  type LayerType,
  length,
  mapInput,
  onlyInput,
  refuse,
} from './layer-context.js';
import type { Value } from './network-builder.js';

const CHANNELS_LAST = { data_format: 'channels_last' };

const pooling = (className: string): LayerType => ({
  translate(context) {
    const x = mapInput(context);
    const { pool_size = [2, 2], strides, padding = 'valid' } = context.config;
    const settings = { pool_size, strides: strides ?? pool_size, padding, ...CHANNELS_LAST };
    return addLayer(context, className, settings, [x]);
  },
});
export const maxPooling2d = pooling('MaxPooling2D');
export const averagePooling2d = pooling('AveragePooling2D');

const globalPooling = (className: string): LayerType => ({
  translate: (context) => addGlobalPooling(context, className, mapInput(context), context.config['keepdims'] === true),
});
export const globalAveragePooling2d = globalPooling('GlobalAveragePooling2D');
export const globalMaxPooling2d = globalPooling('GlobalMaxPooling2D');

/** Pools maps to [channels], or to maps of one pixel. */
export function addGlobalPooling(context: LayerContext, className: string, x: Value, keepDims: boolean): Value {
  const pooled = addLayer(context, className, CHANNELS_LAST, [x]);
  if (!keepDims) return pooled;
  return addHelper(
    context,
    'map',
    'Reshape',
    { target_shape: [1, 1, length(context, x, 3)] },
    [pooled],
    x.channelsFirst,
  );
}

/** [[before, after], [before, after]] of rows and columns. */
function borders(context: LayerContext, key: string, fallback: number): [[number, number], [number, number]] {
  const given = context.config[key] ?? fallback;
  const pair = (value: unknown): unknown => (Array.isArray(value) ? value : [value, value]);
  const both = Array.isArray(given) ? (given as unknown[]).map(pair) : [pair(given), pair(given)];
  const isBorder = (value: unknown): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && (n as number) >= 0);
  if (both.length === 2 && both.every(isBorder)) return both as [[number, number], [number, number]];
  return refuse(
    context,
    `expected ${key} as [[top, bottom], [left, right]], got ${JSON.stringify(given).slice(0, 60)}.`,
  );
}

export const zeroPadding2d: LayerType = {
  translate(context) {
    const { mode = 'constant' } = context.config;
    if (mode !== 'constant') refuse(context, `pads by ${JSON.stringify(mode)}; only zeros are supported.`);
    return addLayer(context, 'ZeroPadding2D', { padding: borders(context, 'padding', 1), ...CHANNELS_LAST }, [
      mapInput(context),
    ]);
  },
};

export const cropping2d: LayerType = {
  translate: (context) =>
    addLayer(context, 'Cropping2D', { cropping: borders(context, 'cropping', 0), ...CHANNELS_LAST }, [
      mapInput(context),
    ]),
};

export const upSampling2d: LayerType = {
  translate(context) {
    const { size = [2, 2], interpolation = 'nearest' } = context.config;
    if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
      refuse(context, `interpolation '${String(interpolation)}' is not supported; nearest and bilinear are.`);
    }
    return addLayer(context, 'UpSampling2D', { size, interpolation, ...CHANNELS_LAST }, [mapInput(context)]);
  },
};

export const resizing: LayerType = {
  translate(context) {
    const {
      height,
      width,
      interpolation = 'bilinear',
      crop_to_aspect_ratio: crop = false,
      cropToAspectRatio,
    } = context.config;
    if (context.config['antialias'] === true) refuse(context, 'antialias is not supported.');
    const pads = context.config['pad_to_aspect_ratio'] === true;
    const x = pads ? paddedToAspect(context, height, width) : { ...onlyInput(context) };
    return addResizing(context, x, height, width, interpolation, crop === true || cropToAspectRatio === true);
  },
};

/** Images with borders above and below, or left and right, so that they have the shape of height × width. */
function paddedToAspect(context: LayerContext, height: unknown, width: unknown): Value {
  const x = onlyInput(context);
  const { fill_mode: mode = 'constant', fill_value: fill = 0 } = context.config;
  if (mode !== 'constant' || fill !== 0)
    refuse(context, 'pads with something else than zeros, which is not supported.');
  if (typeof height !== 'number' || typeof width !== 'number') return refuse(context, 'expected height and width.');
  const [rows, columns] = [length(context, x, 1), length(context, x, 2)];
  const wanted = [
    Math.max(rows, Math.floor((columns * height) / width)),
    Math.max(columns, Math.floor((rows * width) / height)),
  ];
  const padding = [wanted[0] - rows, wanted[1] - columns].map((n) => [Math.floor(n / 2), Math.floor(n / 2)]);
  if (padding.flat().every((n) => n === 0)) return { ...x };
  return addHelper(context, 'border', 'ZeroPadding2D', { padding, ...CHANNELS_LAST }, [x]);
}

/** Resizes maps as TensorFlow 2 and Keras do, from the centres of pixels. */
export function addResizing(
  context: LayerContext,
  x: Value,
  height: unknown,
  width: unknown,
  interpolation: unknown,
  crop: boolean,
): Value {
  if (x.shape.length !== 4) refuse(context, 'expected images or maps.');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
    refuse(context, `interpolation '${String(interpolation)}' is not supported; nearest and bilinear are.`);
  }
  const settings = { height, width, interpolation, crop_to_aspect_ratio: crop };
  if (x.shape[1] === height && x.shape[2] === width) {
    context.build.drop(context.call.layer.name, 'resizing to the size that images have');
    return x;
  }
  return addLayer(context, 'Resizing', settings, [x]);
}

export const centerCrop: LayerType = {
  translate(context) {
    const x = onlyInput(context);
    const { height, width } = context.config;
    const [rows, columns] = [length(context, x, 1), length(context, x, 2)];
    if (typeof height !== 'number' || typeof width !== 'number') return refuse(context, 'expected height and width.');
    if (height > rows || width > columns) return addResizing(context, x, height, width, 'bilinear', true);
    if (height === rows && width === columns) return { ...x };
    const border = (more: number): [number, number] => [Math.floor(more / 2), more - Math.floor(more / 2)];
    return addLayer(
      context,
      'Cropping2D',
      { cropping: [border(rows - height), border(columns - width)], ...CHANNELS_LAST },
      [x],
    );
  },
};

/**
 * When images are classified a random crop leaves them as they are in Keras 3 (as 3.15 does it), and resizes what of them has the
 * crop's shape in Keras 2.
 */
export const randomCrop: LayerType = {
  translate(context) {
    const { height, width } = context.config;
    if (context.keras === 2) return addResizing(context, onlyInput(context), height, width, 'bilinear', true);
    context.build.drop(context.call.layer.name, 'random crops, which leave images whole when they are classified');
    return { ...onlyInput(context) };
  },
};

export const flatten: LayerType = {
  translate(context) {
    const x = onlyInput(context);
    if (x.shape.length === 2) return { ...x }; // features stay as they are
    if (x.shape.slice(1).some((n) => n === null)) refuse(context, 'needs an input of known height and width.');
    // With its own data_format set to channels_first Keras turns maps before it flattens them.
    const turned = x.channelsFirst && context.config['data_format'] !== 'channels_first';
    const [, height, width, channels] = x.shape as number[];
    const inOrder = !turned || height * width === 1 || channels === 1;
    return context.build.add(context.call.name, {
      className: 'Flatten',
      config: {},
      inputs: [x],
      flattened: inOrder ? null : [height, width, channels],
    });
  },
};

export const reshape: LayerType = {
  translate(context) {
    const { target_shape: target } = context.config;
    if (!Array.isArray(target) || !target.every((n) => Number.isInteger(n))) {
      return refuse(context, `expected target_shape as whole numbers, got ${JSON.stringify(target)?.slice(0, 60)}.`);
    }
    return addReshape(context, onlyInput(context), target as number[]);
  },
};

/** @param target in the file's order of axes, without the batch; −1 for the one that follows from the others */
export function addReshape(context: LayerContext, x: Value, target: readonly number[]): Value {
  const features = target.length === 1;
  if (features && x.shape.length === 2) return { ...x };
  if (features && x.channelsFirst) return flatten.translate({ ...context, config: {} });
  if (x.flattened) refuse(context, 'reshapes features of maps with channels first, which is not supported.');
  // [channels] as a map of one pixel, in a network with its channels first
  const [channels, rows, columns] = target;
  const onePixel = target.length === 3 && rows === 1 && columns === 1 && channels !== 1 && x.shape.length === 2;
  if (onePixel) {
    const settings = { target_shape: [1, 1, channels] };
    return context.build.add(context.call.name, {
      className: 'Reshape',
      config: settings,
      inputs: [x],
      channelsFirst: true,
    });
  }
  if (x.channelsFirst) refuse(context, 'reshapes maps with channels first, which is not supported.');
  return addLayer(context, 'Reshape', { target_shape: target }, [x]);
}

export const permute: LayerType = {
  translate(context) {
    const x = onlyInput(context);
    const dims = JSON.stringify(context.config['dims']);
    return addPermutation(context, x, dims);
  },
};

/** @param dims the file's order of axes as JSON, counted from 1, without the batch */
export function addPermutation(context: LayerContext, x: Value, dims: string): Value {
  if (dims === '[1,2,3]' || dims === '[1]') return { ...x };
  const turn = (channelsFirst: boolean): Value => {
    context.build.change(context.call.layer.name, 'layers that only turn maps to channels first or last are left out');
    return { ...x, channelsFirst };
  };
  if (x.shape.length === 4 && x.channelsFirst && dims === '[2,3,1]') return turn(false);
  if (x.shape.length === 4 && !x.channelsFirst && dims === '[3,1,2]') return turn(true);
  if (x.channelsFirst) refuse(context, `the order ${dims} of axes is not supported for maps with channels first.`);
  return addLayer(context, 'Permute', { dims: JSON.parse(dims) as unknown }, [x]);
}
