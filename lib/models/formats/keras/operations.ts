import { isObject } from '../model-file.js';
import { activationName } from './activations.js';
import { addActivation, addElementwise, addMerge } from './elementwise.js';
import { type Argument, isTensorRef } from './keras-graph.js';
import { addHelper, addLayer, argument, type LayerContext, plainNumbers, refuse, tensorOf } from './layer-context.js';
import {
  addGlobalPooling,
  addPermutation,
  addReshape,
  addResizing,
  averagePooling2d,
  maxPooling2d,
  zeroPadding2d,
} from './map-layers.js';
import type { Value } from './network-builder.js';
import { addScaling } from './norm-layers.js';
import { addAbsolute, addClip, addElu } from './piecewise-layers.js';
import { addDifference, concatenate } from './plain-layers.js';

/** What an operation does, by the last part of TensorFlow's name (`math.truediv`) or Keras 3's class in snake case. */
const OPERATIONS: Readonly<Record<string, (context: LayerContext) => Value>> = {
  add: (c) => arithmetic(c, 'add'),
  subtract: (c) => arithmetic(c, 'subtract'),
  sub: (c) => arithmetic(c, 'subtract'),
  multiply: (c) => arithmetic(c, 'multiply'),
  mul: (c) => arithmetic(c, 'multiply'),
  truediv: (c) => arithmetic(c, 'divide'),
  true_divide: (c) => arithmetic(c, 'divide'),
  divide: (c) => arithmetic(c, 'divide'),
  div: (c) => arithmetic(c, 'divide'),
  bias_add: (c) => arithmetic(c, 'add'),
  negative: (c) => addScaling(c, first(c), -1, 0),
  maximum: (c) => extreme(c, 'Maximum'),
  minimum: (c) => extreme(c, 'Minimum'),
  cast: unchanged,
  identity: unchanged,
  stop_gradient: unchanged,
  convert_to_tensor: unchanged,
  abs: (c) => addAbsolute(onFirst(c)),
  absolute: (c) => addAbsolute(onFirst(c)),
  elu: (c) => addElu(onFirst(c), Number(constant(c, 1, 'alpha') ?? 1)),
  leaky_relu: (c) =>
    addElementwise(onFirst(c), 'LeakyReLU', { alpha: constant(c, 1, 'alpha', 'negative_slope') ?? 0.2 }),
  clip: clip,
  clip_by_value: clip,
  reshape: (c) => addReshape(c, first(c), withoutBatch(c, argument(c, 1, 'shape', 'newshape'))),
  max_pool: (c) => maxPooling2d.translate(pooled(c)),
  average_pool: (c) => averagePooling2d.translate(pooled(c)),
  mean: (c) => reduce(c, 'GlobalAveragePooling2D'),
  reduce_mean: (c) => reduce(c, 'GlobalAveragePooling2D'),
  max: (c) => reduce(c, 'GlobalMaxPooling2D'),
  reduce_max: (c) => reduce(c, 'GlobalMaxPooling2D'),
  concat: join,
  concatenate: join,
  stack: stackChannels,
  getitem: pick,
  get_item: pick,
  resize: (c) => {
    const size = argument(c, 1, 'size');
    const method = argument(c, 2, 'method', 'interpolation') ?? 'bilinear';
    const [height, width] = Array.isArray(size) ? (size as Argument[]) : [];
    if (argument(c, 9, 'antialias') === true) refuse(c, 'antialias is not supported.');
    return addResizing(c, first(c), height, width, method, false);
  },
  transpose: (c) => {
    const order = withoutBatch(c, argument(c, 1, 'perm', 'axes'));
    return addPermutation(c, first(c), JSON.stringify(order));
  },
  squeeze: (c) => {
    const sizes = knownSizes(c, first(c));
    const given = argument(c, 1, 'axis');
    const axes = (Array.isArray(given) ? (given as Argument[]) : given == null ? [] : [given]).map((n) =>
      typeof n === 'number' && n < 0 ? n + sizes.length + 1 : n,
    );
    const left = sizes.filter((n, i) => n !== 1 || (axes.length > 0 && !axes.includes(i + 1)));
    return addReshape(c, first(c), left.length === 0 ? [1] : left);
  },
  expand_dims: (c) => {
    const sizes = knownSizes(c, first(c));
    const given = constant(c, 1, 'axis');
    const axis = typeof given === 'number' && given < 0 ? given + sizes.length + 2 : given;
    if (typeof axis !== 'number' || !(axis >= 1)) return refuse(c, 'adds an axis in front of the batch.');
    return addReshape(c, first(c), [...sizes.slice(0, axis - 1), 1, ...sizes.slice(axis - 1)]);
  },
  pad: (c) => {
    const widths = argument(c, 1, 'paddings', 'pad_width');
    const [batch, rows, columns, channels] = Array.isArray(widths)
      ? (widths as Argument[]).map((w) => JSON.stringify(w))
      : [];
    if (
      batch !== '[0,0]' ||
      channels !== '[0,0]' ||
      first(c).channelsFirst ||
      rows === undefined ||
      columns === undefined
    ) {
      refuse(c, 'pads other axes than rows and columns.');
    }
    const given = argument(c, 2, 'mode');
    const mode = typeof given === 'string' ? given.toLowerCase() : 'constant';
    const config = { padding: JSON.parse(`[${rows},${columns}]`) as unknown, mode, data_format: 'channels_last' };
    return zeroPadding2d.translate({ ...onFirst(c), config });
  },
};

/** Whether an operation is known by this name, whatever it is applied to. */
export function isOperation(name: string, keras: 2 | 3): boolean {
  const key = operationKey(name);
  return Object.hasOwn(OPERATIONS, key) || activationName(key, keras) !== undefined;
}

const operationKey = (name: string): string => snakeCase(name.slice(name.lastIndexOf('.') + 1)).replace(/_v2$/, '');

/**
 * What an operation that stands in a model without a layer of its own becomes: Keras 2's `TFOpLambda` and `SlicingOpLambda`,
 * Keras 3's `Operation`.
 * @param name TensorFlow's name of it, or Keras 3's class
 * @throws ModelError on an operation that is not known
 */
export function translateOperation(context: LayerContext, name: string): Value {
  const key = operationKey(name);
  if (Object.hasOwn(OPERATIONS, key)) return OPERATIONS[key](context);
  const named = activationName(key, context.keras);
  if (named !== undefined) return addActivation(onFirst(context), named);
  return refuse(
    context,
    `the operation ${name} is not known; replace it by a layer of Keras, save again, or export the model to ONNX.`,
  );
}

/** Keras's own rule: `MaxPooling2D` → `max_pooling2d`, `ReLU` → `re_lu`. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function first(context: LayerContext): Value {
  return tensorOf(context, argument(context, 0, 'x', 'input', 'value', 'values', 'images', 'tensor')) ?? context.inputs[0] ?? refuse(context, 'expected an input.'); // prettier-ignore
}

/** The same call with nothing but its first input. */
const onFirst = (context: LayerContext): LayerContext => ({ ...context, inputs: [first(context)] });

function unchanged(context: LayerContext): Value {
  return { ...first(context) };
}

/** The lengths of all axes but the batch's. */
const knownSizes = (context: LayerContext, { shape }: Value): number[] =>
  shape.slice(1).map((n) => n ?? refuse(context, 'needs an input of known height and width.'));

/** Keras 3's `ops.max_pool(x, size, strides, padding)` as the layer of that name. */
function pooled(context: LayerContext): LayerContext {
  const size = argument(context, 1, 'pool_size');
  const config = {
    pool_size: size,
    strides: argument(context, 2, 'strides') ?? size,
    padding: argument(context, 3, 'padding') ?? 'valid',
  };
  return { ...onFirst(context), config };
}

const constant = (context: LayerContext, at: number, ...names: string[]): number | number[] | undefined =>
  plainNumbers(argument(context, at, ...names));

function arithmetic(context: LayerContext, kind: 'add' | 'subtract' | 'multiply' | 'divide'): Value {
  const left = argument(context, 0, 'x', 'x1', 'value');
  const right = argument(context, 1, 'y', 'x2', 'bias');
  const [a, b] = [tensorOf(context, left), tensorOf(context, right)];
  if (a && b) {
    if (kind === 'add') return addMerge(context, 'Add', [a, b]);
    if (kind === 'multiply') return addMerge(context, 'Multiply', [a, b]);
    if (kind === 'subtract') return addDifference(context, [a, b]);
    return refuse(context, 'divides one tensor by another, which is not supported.');
  }
  const x = a ?? b;
  const given = plainNumbers(a ? right : left);
  if (!x || given === undefined) return refuse(context, 'expected a tensor and a number, or one number per channel.');
  const each = (change: (n: number) => number) => (typeof given === 'number' ? change(given) : given.map(change));
  if (kind === 'add') return addScaling(context, x, 1, given);
  if (kind === 'multiply') return addScaling(context, x, given, 0);
  if (kind === 'subtract')
    return a
      ? addScaling(
          context,
          x,
          1,
          each((n) => -n),
        )
      : addScaling(context, x, -1, given);
  if (!a) return refuse(context, 'divides a number by a tensor, which is not supported.');
  return addScaling(
    context,
    x,
    each((n) => 1 / n),
    0,
  );
}

function extreme(context: LayerContext, className: 'Maximum' | 'Minimum'): Value {
  if (context.inputs.length === 2) return addMerge(context, className, context.inputs);
  const bound = [constant(context, 0, 'x', 'x1'), constant(context, 1, 'y', 'x2')].find((n) => n !== undefined);
  if (typeof bound !== 'number') return refuse(context, 'is supported between tensors, and with a number.');
  const x = context.inputs.length === 1 ? context : onFirst(context);
  if (className === 'Maximum') return addClip(x, bound, null);
  // The smaller of both is what −x has above −bound, turned round.
  const turned = addHelper(context, 'negative', 'Rescaling', { scale: -1, offset: 0 }, x.inputs);
  const cut = addClip(
    {
      ...context,
      inputs: [turned],
      call: { ...context.call, name: context.build.freeName(`${context.call.name}_cut`) },
    },
    -bound,
    null,
  );
  return addScaling(context, cut, -1, 0);
}

function clip(context: LayerContext): Value {
  const low = constant(context, 1, 'clip_value_min', 'x_min');
  const high = constant(context, 2, 'clip_value_max', 'x_max');
  if (typeof low === 'number' && typeof high === 'number' && low < high) return addClip(onFirst(context), low, high);
  return refuse(context, `cuts off at ${String(low)} and ${String(high)}; two numbers are supported.`);
}

/** A list of axes' lengths or numbers without its first, which stands for the batch. */
function withoutBatch(context: LayerContext, found: Argument | undefined): number[] {
  if (Array.isArray(found) && found.length > 1 && found.every((n) => Number.isInteger(n)))
    return (found as number[]).slice(1);
  return refuse(context, `expected a list of whole numbers, got ${JSON.stringify(found)?.slice(0, 60)}.`);
}

function reduce(context: LayerContext, className: string): Value {
  const x = first(context);
  const axis = argument(context, 1, 'axis');
  const given = (Array.isArray(axis) ? (axis as Argument[]) : [axis]).map((n) =>
    typeof n === 'number' && n < 0 ? n + x.shape.length : n,
  );
  const wanted = x.channelsFirst ? '[2,3]' : '[1,2]';
  if (x.shape.length !== 4 || JSON.stringify([...given].sort()) !== wanted) {
    refuse(context, `works along the axes ${JSON.stringify(axis)}; rows and columns of maps together are supported.`);
  }
  const keep = argument(context, 2, 'keepdims', 'keep_dims') === true;
  return addGlobalPooling(context, className, x, keep);
}

function join(context: LayerContext): Value {
  const axis = argument(context, 1, 'axis') ?? -1;
  return concatenate.translate({ ...context, config: { axis } });
}

/** `x[..., k]`, `x[..., ::-1]`, `x[:, :, :, a:b]`: channels out of maps. */
function pick(context: LayerContext): Value {
  const x = first(context);
  const key = argument(context, 1, 'slice_spec', 'key');
  const parts = Array.isArray(key) ? (key as Argument[]) : [key ?? null];
  const whole = (part: Argument) => {
    if (!isObject(part)) return false;
    if (part['class_name'] === '__ellipsis__') return true;
    const { start, stop, step } = sliceOf(part);
    return start === null && stop === null && (step === null || step === 1);
  };
  const last = parts[parts.length - 1];
  const reachesChannels =
    parts.length === x.shape.length || parts.some((p) => isObject(p) && p['class_name'] === '__ellipsis__');
  const channels = x.shape[x.shape.length - 1];
  if (
    x.shape.length !== 4 ||
    x.channelsFirst ||
    channels === null ||
    !reachesChannels ||
    !parts.slice(0, -1).every(whole)
  ) {
    return refuse(
      context,
      `takes ${JSON.stringify(key)?.slice(0, 80)} out of its input; only channels of maps with channels last can be taken.`,
    );
  }
  if (typeof last === 'number') {
    const channel = last < 0 ? last + channels : last;
    if (channel < 0 || channel >= channels) refuse(context, `takes channel ${last} of ${channels}.`);
    return { ...x, channel };
  }
  if (!isObject(last)) return refuse(context, `cannot take ${JSON.stringify(last)?.slice(0, 60)} out of channels.`);
  if (whole(last)) return { ...x };
  const { start, stop, step } = sliceOf(last);
  const by = step ?? 1;
  if (by === 0) refuse(context, 'a step of 0.');
  const bounded = (n: number | null, fallback: number) =>
    n === null ? fallback : n < 0 ? n + channels : Math.min(n, channels);
  const [from, to] =
    by > 0 ? [bounded(start, 0), bounded(stop, channels)] : [bounded(start, channels - 1), bounded(stop, -1)];
  const sources: number[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) sources.push(i);
  return addLayer(context, 'SubsampleChannels', { stride: 1, sources }, [x]);
}

function sliceOf(part: Record<string, unknown>): { start: number | null; stop: number | null; step: number | null } {
  const fields = isObject(part['config']) ? part['config'] : part;
  const read = (name: string) => (Number.isInteger(fields[name]) ? (fields[name] as number) : null);
  return { start: read('start'), stop: read('stop'), step: read('step') };
}

/** Channels that were taken one by one and are stacked again, in another order: RGB to BGR. */
function stackChannels(context: LayerContext): Value {
  const parts = argument(context, 0, 'x', 'values');
  const values = (Array.isArray(parts) ? (parts as Argument[]) : []).map((one) =>
    isTensorRef(one) ? context.value(one) : null,
  );
  const axis = argument(context, 1, 'axis');
  const [source] = values;
  if (
    !source ||
    (axis !== -1 && axis !== 3) ||
    !values.every((one) => one?.layer === source.layer && one.channel !== null)
  ) {
    return refuse(context, 'stacks maps; only channels of one image are supported.');
  }
  const x: Value = { ...source, channel: null };
  return addLayer(context, 'SubsampleChannels', { stride: 1, sources: values.map((one) => one!.channel) }, [x]);
}
