import { isObject } from '../model-file.js';
import {
  activation,
  addHelper,
  addLayer,
  axes,
  number,
  onlyInput,
  refuse,
  requireChannelAxis,
  weightConfig,
  type LayerContext,
  type LayerType,
} from './layer-context.js';
import type { Value } from './network-builder.js';

/** Layers that put out what they take in when images are classified; Dropout and noise that tfjs knows stay, for training. */
export const nothingAtInference = (why: string): LayerType => ({
  translate(context) {
    context.build.drop(context.call.layer.name, why);
    return { ...onlyInput(context) };
  },
});

/** Dropout and noise stay in the network: they do something when it is trained further. */
export const trainingOnly = (className: string, ...settings: string[]): LayerType => ({
  translate(context) {
    const x = onlyInput(context);
    const config = Object.fromEntries(settings.map((key) => [key, number(context, key, 0)]));
    return context.build.add(context.call.name, { className, config, inputs: [x], flattened: x.flattened });
  },
});

/** A function of every number by itself. */
export function addElementwise(context: LayerContext, className: string, config: Record<string, unknown>): Value {
  const x = onlyInput(context);
  return context.build.add(context.call.name, { className, config, inputs: [x], flattened: x.flattened });
}

export const activationLayer: LayerType = {
  translate(context) {
    const { activation: given } = context.config;
    // An activation may be a layer of its own: Activation(LeakyReLU(0.1)).
    if (isObject(given) && isObject(given['config']) && typeof given['class_name'] === 'string') {
      const inner = { leakyReLU, reLU, elu }[lowerFirst(given['class_name'])];
      if (inner) return inner.translate({ ...context, config: given['config'] });
    }
    return addActivation(context, activation(context));
  },
};

const lowerFirst = (name: string) => (name === 'ELU' ? 'elu' : name[0].toLowerCase() + name.slice(1)) as 'leakyReLU';

/** Adds an activation by its name here; nothing for 'linear'. */
export function addActivation(context: LayerContext, name: string): Value {
  const x = onlyInput(context);
  if (name === 'linear') return { ...x };
  if ((name === 'softmax' || name === 'logSoftmax') && (x.channelsFirst || x.flattened)) {
    refuse(context, 'a softmax over the last axis of maps with channels first is not supported.');
  }
  return addElementwise(context, 'Activation', { activation: name });
}

export const reLU: LayerType = {
  translate(context) {
    const slope = number(context, 'negative_slope', 0);
    const threshold = number(context, 'threshold', 0);
    const most = context.config['max_value'] ?? context.config['maxValue'] ?? null;
    if (slope === 0 && threshold === 0) {
      return addElementwise(
        context,
        'ReLU',
        most === null ? {} : { max_value: number({ ...context, config: { most } }, 'most', 0) },
      );
    }
    if (most === null && threshold === 0) return addElementwise(context, 'LeakyReLU', { alpha: slope });
    if (most === null && slope === 0) return addElementwise(context, 'ThresholdedReLU', { theta: threshold });
    return refuse(context, 'max_value, negative_slope and threshold together are not supported.');
  },
};

export const leakyReLU: LayerType = {
  translate(context) {
    const key = context.config['negative_slope'] === undefined ? 'alpha' : 'negative_slope';
    return addElementwise(context, 'LeakyReLU', { alpha: number(context, key, 0.3) });
  },
};

export const elu: LayerType = {
  translate(context) {
    const alpha = number(context, 'alpha', 1);
    if (alpha !== 1) refuse(context, `alpha ${alpha} is not supported; 1 is.`);
    return addElementwise(context, 'ELU', {});
  },
};

export const thresholdedReLU: LayerType = {
  translate: (context) => addElementwise(context, 'ThresholdedReLU', { theta: number(context, 'theta', 1) }),
};

export const softmax: LayerType = {
  translate(context) {
    requireChannelAxis(context, onlyInput(context));
    return addLayer(context, 'Softmax', {});
  },
};

export const pReLU: LayerType = {
  weights: () => ['alpha'],
  translate(context) {
    const x = onlyInput(context);
    if (x.channelsFirst || x.flattened) refuse(context, 'is supported on maps with channels last only.');
    const { shared_axes } = context.config;
    return addLayer(context, 'PReLU', { ...(shared_axes ? { shared_axes } : {}), ...weightConfig(context, 'alpha') });
  },
};

/** Add, Multiply, Maximum …: maps of one shape, or that fit each other when repeated. */
const merging = (className: string): LayerType => ({
  translate: (context) => addMerge(context, className, context.inputs),
});
export const add = merging('Add');
export const multiply = merging('Multiply');
export const maximum = merging('Maximum');
export const minimum = merging('Minimum');

export function addMerge(context: LayerContext, className: string, values: readonly Value[]): Value {
  if (values.length < 2) refuse(context, `expected at least two inputs, got ${values.length}.`);
  const rank = Math.max(...values.map(({ shape }) => shape.length));
  const fitting = values.map((value, i) => {
    if (value.shape.length === rank) return value;
    if (rank !== 4 || value.shape.length !== 2) return refuse(context, 'expected inputs with equally many axes.');
    // Keras puts missing axes after the batch: [channels] meets maps of one pixel.
    const target_shape = [1, 1, value.shape[1]];
    return addHelper(
      context,
      `input${i}`,
      'Reshape',
      { target_shape },
      [value],
      values.some((one) => one.channelsFirst),
    );
  });
  const sides = new Set(fitting.filter(({ shape }) => shape.length === 4).map(({ channelsFirst }) => channelsFirst));
  const orders = new Set(fitting.map(({ flattened }) => JSON.stringify(flattened)));
  if (sides.size > 1 || orders.size > 1)
    refuse(context, 'reads maps with channels first and others with channels last.');
  return context.build.add(context.call.name, {
    className,
    config: {},
    inputs: fitting,
    flattened: fitting[0].flattened,
  });
}

export const average: LayerType = {
  translate(context) {
    const sum = addMerge(context, 'Add', context.inputs);
    const config = { scale: 1 / context.inputs.length, offset: 0 };
    context.build.change(context.call.layer.name, 'means of maps are sums and a scaling');
    const name = context.build.freeName(`${context.call.name}_scale`);
    return context.build.add(name, { className: 'Rescaling', config, inputs: [sum], flattened: sum.flattened });
  },
};

/** Inception-ResNet's sum of a map and a scaled one. */
export const scaledAdd: LayerType = {
  translate(context) {
    const { inputs } = context;
    if (inputs.length !== 2) return refuse(context, `expected two inputs, got ${inputs.length}.`);
    const config = { scale: number(context, 'scale', 1), offset: 0 };
    const scaled = addHelper(context, 'scaled', 'Rescaling', config, [inputs[1]]);
    return addMerge(context, 'Add', [inputs[0], scaled]);
  },
};

export const subtract: LayerType = {
  translate: (context) => addDifference(context, context.inputs),
};

/** a − b as a + (−b). */
export function addDifference(context: LayerContext, values: readonly Value[]): Value {
  if (values.length !== 2) return refuse(context, `expected two inputs, got ${values.length}.`);
  const [a, b] = values;
  const negative = addHelper(context, 'negative', 'Rescaling', { scale: -1, offset: 0 }, [b]);
  return addMerge(context, 'Add', [a, negative]);
}

export const concatenate: LayerType = {
  translate(context) {
    const { inputs } = context;
    if (inputs.length === 1) return { ...inputs[0] };
    if (inputs.length === 0) refuse(context, 'expected inputs.');
    if (inputs.some((one) => one.channelsFirst !== inputs[0].channelsFirst || one.flattened)) {
      refuse(context, 'joins maps with channels first and others, or their features, which is not supported.');
    }
    const [axis] = axes(context, inputs[0], -1);
    return addLayer(context, 'Concatenate', { axis: axis === inputs[0].shape.length - 1 ? -1 : axis });
  },
};
