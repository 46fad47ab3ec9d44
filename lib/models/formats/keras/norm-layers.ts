import type { NamedTensor } from '../named-tensor.js';
import { rowsInOrder } from './convolution-layers.js';
import {
  addLayer,
  axes,
  commonConfig,
  type LayerContext,
  type LayerType,
  number,
  onlyInput,
  plainNumbers,
  refuse,
  requireChannelAxis,
  weightConfig,
} from './layer-context.js';
import type { Value } from './network-builder.js';

/** Keras's `epsilon()`: the least deviation that its Normalization layer divides by. */
const LEAST_DEVIATION = 1e-7;

const scaleAndCentre = (config: Readonly<Record<string, unknown>>): string[] => [
  ...(config['scale'] === false ? [] : ['gamma']),
  ...(config['center'] === false ? [] : ['beta']),
];
const flags = ({ config }: LayerContext) => ({ scale: config['scale'] !== false, center: config['center'] !== false });

export const batchNormalization: LayerType = {
  weights: (config) => [...scaleAndCentre(config), 'moving_mean', 'moving_variance'],
  translate(context) {
    const x = onlyInput(context);
    requireChannelAxis(context, x);
    if (context.config['renorm'] === true) refuse(context, 'batch renormalisation is not supported.');
    const { flattened } = x;
    const weights = flattened
      ? new Map([...context.weights].map(([name, tensor]) => [name, rowsInOrder(tensor, flattened)]))
      : context.weights;
    const settings = {
      axis: -1,
      momentum: number(context, 'momentum', 0.99),
      epsilon: number(context, 'epsilon', 1e-3),
      ...flags(context),
      ...weightConfig(context, 'gamma', 'beta'),
    };
    const { name } = context.call;
    return context.build.add(name, {
      className: 'BatchNormalization',
      config: settings,
      inputs: [x],
      weights,
      flattened,
    });
  },
};

export const layerNormalization: LayerType = {
  weights: scaleAndCentre,
  translate(context) {
    const x = onlyInput(context);
    if (context.config['rms_scaling'] === true) refuse(context, 'rms_scaling is not supported.');
    const axis = axes(context, x, -1);
    if (x.channelsFirst && (axis.length !== 1 || axis[0] !== 3)) {
      refuse(context, 'normalises rows and columns of maps with channels first, which is not supported.');
    }
    const epsilon = number(context, 'epsilon', 1e-3);
    const settings = {
      axis: axis.length === 1 ? axis[0] : axis,
      epsilon,
      ...flags(context),
      ...weightConfig(context, 'gamma', 'beta'),
    };
    return addLayer(context, 'LayerNormalization', settings);
  },
};

export const groupNormalization: LayerType = {
  weights: scaleAndCentre,
  translate(context) {
    requireChannelAxis(context, onlyInput(context));
    const settings = {
      groups: number(context, 'groups', 32),
      axis: -1,
      epsilon: number(context, 'epsilon', 1e-3),
      ...flags(context),
      ...weightConfig(context, 'gamma', 'beta'),
    };
    return addLayer(context, 'GroupNormalization', settings);
  },
};

export const rescaling: LayerType = {
  translate(context) {
    const scale = plainNumbers(context.config['scale'] ?? 1);
    const offset = plainNumbers(context.config['offset'] ?? 0);
    if (scale === undefined || offset === undefined) refuse(context, 'expected scale and offset as numbers.');
    return addScaling(context, onlyInput(context), scale, offset);
  },
};

/** ConvNeXt's factor per channel: a batch normalisation that nothing is left of but gamma. */
export const layerScale: LayerType = {
  weights: () => ['gamma'],
  translate(context) {
    const x = onlyInput(context);
    const gamma = context.weights.get('gamma');
    const channels = x.shape[x.shape.length - 1];
    if (!gamma || x.flattened || gamma.values.length !== channels) {
      return refuse(context, `expected a factor for each of ${channels ?? '?'} channels.`);
    }
    const constant = (value: number): NamedTensor => ({
      dtype: 'F32',
      shape: [channels],
      values: new Float32Array(channels).fill(value),
    });
    context.build.change(
      context.call.layer.name,
      'factors of channels became BatchNormalization layers with mean 0 and variance 1',
    );
    const config = { axis: -1, epsilon: 0, center: false, ...weightConfig(context, 'gamma') };
    const weights = new Map([
      ['gamma', gamma],
      ['moving_mean', constant(0)],
      ['moving_variance', constant(1)],
    ]);
    return addLayer(context, 'BatchNormalization', config, [x], weights);
  },
};

/** Keras's layer that was adapted to images: its mean and variance are weights, or settings. */
export const normalization: LayerType = {
  weights: (config) => (config['mean'] === null || config['mean'] === undefined ? ['mean', 'variance', 'count'] : []),
  translate(context) {
    const x = onlyInput(context);
    const { axis = -1 } = context.config;
    if (axis !== null && !(Array.isArray(axis) && axis.length === 0)) requireChannelAxis(context, x);
    const numbers = (name: string): number[] => {
      const weight = context.weights.get(name);
      const found = weight ? Array.from(weight.values, Number) : plainNumbers(context.config[name]);
      if (found === undefined) return refuse(context, `expected ${name} as numbers.`);
      return typeof found === 'number' ? [found] : found;
    };
    const mean = numbers('mean');
    const deviation = numbers('variance').map((variance) => Math.max(Math.sqrt(variance), LEAST_DEVIATION));
    if (mean.length !== deviation.length)
      refuse(context, `got ${mean.length} means and ${deviation.length} variances.`);
    const invert = context.config['invert'] === true;
    const scale = deviation.map((d) => (invert ? d : 1 / d));
    const offset = mean.map((m, i) => (invert ? m : -m / deviation[i]));
    context.build.change(
      context.call.layer.name,
      'Normalization layers are Rescaling layers with a scale and offset per channel',
    );
    return addScaling(context, x, scale, offset);
  },
};

/** Adds x · scale + offset, each one number or one per channel. */
export function addScaling(
  context: LayerContext,
  x: Value,
  scale: number | readonly number[],
  offset: number | readonly number[],
): Value {
  const channels = x.shape[x.shape.length - 1];
  const perChannel = [scale, offset].map((part) =>
    typeof part === 'number' ? part : part.length === 1 ? part[0] : part,
  );
  for (const part of perChannel) {
    if (typeof part !== 'number' && part.length !== channels) {
      refuse(context, `expected one number or ${channels ?? '?'}, one per channel, got ${part.length}.`);
    }
    if (typeof part !== 'number' && x.flattened) refuse(context, 'scales flattened features one by one.');
    if ([part].flat().some((n) => !Number.isFinite(n))) refuse(context, 'expected finite numbers.');
  }
  const config = { scale: perChannel[0], offset: perChannel[1], ...commonConfig(context) };
  return context.build.add(context.call.name, { className: 'Rescaling', config, inputs: [x], flattened: x.flattened });
}
