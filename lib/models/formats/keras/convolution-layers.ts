import { isObject } from '../model-file.js';
import { type NamedTensor, permuteAxes } from '../named-tensor.js';
import {
  activation,
  addHelper,
  addLayer,
  type LayerContext,
  type LayerType,
  length,
  mapInput,
  onlyInput,
  refuse,
  weightConfig,
} from './layer-context.js';
import type { Value } from './network-builder.js';

const kernelAndBias = (config: Readonly<Record<string, unknown>>): string[] =>
  config['use_bias'] === false ? ['kernel'] : ['kernel', 'bias'];

/** A convolution's or dense layer's activation, or the layer that stands in its place. */
type WithActivation = (context: LayerContext, own: string, add: (activation: string) => Value) => Value;

const withActivation: WithActivation = (context, own, add) => {
  const given = context.config['activation'];
  const isLayer = isObject(given) && isObject(given['config']) && typeof given['class_name'] === 'string';
  if (!isLayer) return add(activation(context));
  const slope = given['config'] as Record<string, unknown>;
  const alpha = slope['alpha'] ?? slope['negative_slope'] ?? 0.3;
  if (given['class_name'] === 'LeakyReLU' && typeof alpha === 'number') {
    return addHelper(context, `${own}_leaky_relu`, 'LeakyReLU', { alpha }, [add('linear')]);
  }
  if (given['class_name'] === 'ReLU' && !slope['negative_slope'] && !slope['threshold']) {
    const most = slope['max_value'];
    return addHelper(context, `${own}_relu`, 'ReLU', typeof most === 'number' ? { max_value: most } : {}, [
      add('linear'),
    ]);
  }
  return add(activation(context));
};

/** Geometry that all convolutions have. */
function geometry(context: LayerContext): Record<string, unknown> {
  const { kernel_size, strides = [1, 1], padding = 'valid', dilation_rate = [1, 1] } = context.config;
  if (padding !== 'valid' && padding !== 'same')
    refuse(context, `expected padding 'valid' or 'same', got '${String(padding)}'.`);
  const use_bias = context.config['use_bias'] !== false;
  return { kernel_size, strides, padding, dilation_rate, use_bias, data_format: 'channels_last' };
}

export const conv2d: LayerType = {
  weights: kernelAndBias,
  translate(context) {
    const x = mapInput(context);
    const { filters, groups = 1 } = context.config;
    const settings = { filters, ...geometry(context), ...weightConfig(context, 'kernel', 'bias') };
    return withActivation(context, 'activation', (activation) => {
      if (groups === 1) return addLayer(context, 'Conv2D', { ...settings, activation }, [x]);
      const channels = length(context, x, 3);
      const kernel = context.weights.get('kernel');
      if (
        context.call.layer.className === 'GroupedConv2D' ||
        groups !== channels ||
        kernel?.shape[2] !== 1 ||
        typeof filters !== 'number' ||
        filters % channels !== 0
      ) {
        return addLayer(context, 'GroupedConv2D', { ...settings, groups, activation }, [x]);
      }
      // As many groups as channels: a depthwise convolution, whose kernel holds the same numbers in the same order.
      const multiplier = filters / channels;
      const weights = new Map(context.weights);
      weights.delete('kernel');
      weights.set('depthwise_kernel', { ...kernel, shape: [kernel.shape[0], kernel.shape[1], channels, multiplier] });
      const renamed = Object.entries({ ...settings, depth_multiplier: multiplier, activation } as Record<
        string,
        unknown
      >)
        .filter(([key]) => key !== 'filters')
        .map(([key, value]) => [key.replace(/^kernel_(?!size)/, 'depthwise_'), value]);
      return addLayer(context, 'DepthwiseConv2D', Object.fromEntries(renamed) as Record<string, unknown>, [x], weights);
    });
  },
};

export const depthwiseConv2d: LayerType = {
  weights: (config) => (config['use_bias'] === false ? ['depthwise_kernel'] : ['depthwise_kernel', 'bias']),
  translate(context) {
    const x = mapInput(context);
    const { depth_multiplier = 1 } = context.config;
    const settings = { depth_multiplier, ...geometry(context), ...weightConfig(context, 'depthwise', 'bias') };
    return withActivation(context, 'activation', (activation) =>
      addLayer(context, 'DepthwiseConv2D', { ...settings, activation }, [x]),
    );
  },
};

export const separableConv2d: LayerType = {
  weights: (config) => ['depthwise_kernel', 'pointwise_kernel', ...(config['use_bias'] === false ? [] : ['bias'])],
  translate(context) {
    const x = mapInput(context);
    const { filters, depth_multiplier = 1 } = context.config;
    const settings = {
      filters,
      depth_multiplier,
      ...geometry(context),
      ...weightConfig(context, 'depthwise', 'pointwise', 'bias'),
    };
    return withActivation(context, 'activation', (activation) =>
      addLayer(context, 'SeparableConv2D', { ...settings, activation }, [x]),
    );
  },
};

export const conv2dTranspose: LayerType = {
  weights: kernelAndBias,
  translate(context) {
    const x = mapInput(context);
    const { filters, output_padding: output, dilation_rate: dilation = [1, 1] } = context.config;
    if (output !== null && output !== undefined) refuse(context, 'output_padding is not supported.');
    if (!Array.isArray(dilation) || dilation.some((rate) => rate !== 1))
      refuse(context, 'a dilation is not supported.');
    const settings = { filters, ...geometry(context), ...weightConfig(context, 'kernel', 'bias') };
    return withActivation(context, 'activation', (activation) =>
      addLayer(context, 'Conv2DTranspose', { ...settings, activation }, [x]),
    );
  },
};

export const dense: LayerType = {
  weights: kernelAndBias,
  translate(context) {
    const x = onlyInput(context);
    const { units } = context.config;
    const use_bias = context.config['use_bias'] !== false;
    const settings = { use_bias, ...weightConfig(context, 'kernel', 'bias') };
    const kernel = context.weights.get('kernel');
    if (x.shape.length === 4 && !x.channelsFirst) {
      // On maps a dense layer works on every pixel: a convolution with a kernel of one pixel.
      context.build.change(context.call.layer.name, 'dense layers on maps are 1×1 convolutions');
      const weights = new Map(context.weights);
      if (kernel) weights.set('kernel', { ...kernel, shape: [1, 1, ...kernel.shape] });
      return withActivation(context, 'activation', (activation) =>
        addLayer(context, 'Conv2D', { ...settings, filters: units, kernel_size: [1, 1], activation }, [x], weights),
      );
    }
    if (x.shape.length !== 2)
      refuse(context, `expected features or maps, got ${x.shape.length - 1} axes without the batch.`);
    const weights = new Map(context.weights);
    if (x.flattened && kernel) weights.set('kernel', rowsInOrder(kernel, x.flattened));
    return withActivation(context, 'activation', (activation) =>
      addLayer(context, 'Dense', { ...settings, units, activation }, [x], weights),
    );
  },
};

/** A tensor whose first axis counts features channel by channel, with that axis counted pixel by pixel. */
export function rowsInOrder(
  tensor: NamedTensor,
  [height, width, channels]: readonly [number, number, number],
): NamedTensor {
  const [rows, ...others] = tensor.shape;
  if (rows !== height * width * channels) return tensor; // the check of shapes says what is wrong
  const columns = others.reduce((a, b) => a * b, 1);
  return { ...tensor, values: permuteAxes(tensor.values, [channels, height * width, columns], [1, 0, 2]) };
}
