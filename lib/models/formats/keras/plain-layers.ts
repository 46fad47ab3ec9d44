import { isObject } from '../model-file.js';
import { addActivation, addElementwise, addMerge } from './elementwise.js';
import {
  activation,
  addHelper,
  addLayer,
  axes,
  type LayerContext,
  type LayerType,
  number,
  onlyInput,
  refuse,
  requireChannelAxis,
  weightConfig,
} from './layer-context.js';
import type { Value } from './network-builder.js';
import { addBentReLU, addElu } from './piecewise-layers.js';

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
    return addBentReLU(context, slope, threshold, most as number | null);
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
    return addElu(context, number(context, 'alpha', 1));
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
