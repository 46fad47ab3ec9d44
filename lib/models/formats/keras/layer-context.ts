import { ModelError } from '../../../errors.js';
import type * as tf from '../../../tf.js';
import { isObject } from '../model-file.js';
import type { NamedTensor } from '../named-tensor.js';
import { activationName } from './activations.js';
import type { FlatCall } from './flatten-model.js';
import { type Argument, isTensorRef } from './keras-graph.js';
import type { NetworkBuilder, Value } from './network-builder.js';

/** What the translator of a layer type is given. */
export interface LayerContext {
  readonly call: FlatCall;
  readonly config: Readonly<Record<string, unknown>>;
  /** What it reads, in order. */
  readonly inputs: readonly Value[];
  /** By the names that its line of the table gives them. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
  readonly build: NetworkBuilder;
  /** Major version of what wrote the file. */
  readonly keras: 2 | 3;
  /** What an argument's tensor is. */
  value(argument: Argument): Value;
}

/** A layer type of Keras: the weights it has and the layers it becomes. */
export interface LayerType {
  /** Names of its weights in Keras's order; none where left out. */
  weights?(config: Readonly<Record<string, unknown>>): readonly string[];
  translate(context: LayerContext): Value;
}

/** @throws ModelError that names file, layer and type */
export function refuse({ build, call }: LayerContext, reason: string): never {
  throw new ModelError(`${build.file}: layer '${call.layer.name}' (${call.layer.className}): ${reason}`);
}

/** The one input of a layer. */
export function onlyInput(context: LayerContext): Value {
  const { inputs } = context;
  return inputs.length === 1 ? inputs[0] : refuse(context, `expected one input, got ${inputs.length}.`);
}

/**
 * The one input of a layer that works on maps.
 * @throws ModelError when it has no rows and columns, or the layer takes its channels for another axis than they are on
 */
export function mapInput(context: LayerContext): Value {
  const x = onlyInput(context);
  if (x.shape.length !== 4) {
    refuse(
      context,
      `expected maps [batch, height, width, channels], got ${x.shape.length - 1} axes without the batch.`,
    );
  }
  if (channelsFirst(context.config) !== x.channelsFirst) {
    refuse(
      context,
      `its data_format is ${x.channelsFirst ? 'channels_last' : 'channels_first'}, but it reads maps with channels ${x.channelsFirst ? 'first' : 'last'}.`,
    );
  }
  return x;
}

export const channelsFirst = (config: Readonly<Record<string, unknown>>): boolean =>
  config['data_format'] === 'channels_first' || config['data_format'] === 'channelsFirst';

/** The axes that a layer names, as axes of the network: those of maps with channels first are turned. */
export function axes(context: LayerContext, x: Value, fallback: number): number[] {
  const { axis = fallback } = context.config;
  const rank = x.shape.length;
  const list = Array.isArray(axis) ? (axis as unknown[]) : [axis];
  return list.map((one) => {
    if (!Number.isInteger(one) || (one as number) < -rank || (one as number) >= rank) {
      refuse(context, `expected axes of [${x.shape.map((n) => n ?? '?').join(', ')}], got ${JSON.stringify(axis)}.`);
    }
    const at = ((one as number) + rank) % rank;
    return x.channelsFirst ? [0, 3, 1, 2][at] : at;
  });
}

/** @throws ModelError when a layer works along another axis than that of the channels */
export function requireChannelAxis(context: LayerContext, x: Value): void {
  const found = axes(context, x, -1);
  if (found.length !== 1 || found[0] !== x.shape.length - 1) {
    refuse(
      context,
      `works along axis ${JSON.stringify(context.config['axis'])}; only the channels' axis is supported.`,
    );
  }
}

/** A setting that is a number, which Keras may wrap up as an array. */
export function number(context: LayerContext, key: string, fallback: number): number {
  const value = plainNumbers(context.config[key] ?? fallback);
  if (typeof value === 'number') return value;
  if (Array.isArray(value) && value.length === 1) return value[0];
  return refuse(context, `expected ${key} as a number, got ${JSON.stringify(context.config[key])?.slice(0, 60)}.`);
}

/** A number or a list of numbers out of what Keras writes for arrays: nested lists with axes of length 1, `__numpy__`, tensors. */
export function plainNumbers(value: unknown): number | number[] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (isObject(value) && isObject(value['config'])) return plainNumbers(value['config']['value']);
  if (!Array.isArray(value)) return undefined;
  const [first] = value as unknown[];
  if (value.length === 1 && Array.isArray(first)) return plainNumbers(first);
  return value.every((one) => typeof one === 'number' && Number.isFinite(one)) ? (value as number[]) : undefined;
}

/** An argument of an operation by its place or its name, or the setting of that name. */
export function argument(context: LayerContext, at: number, ...names: string[]): Argument | undefined {
  const { args, kwargs } = context.call;
  if (at < args.length) return args[at];
  for (const name of names) {
    if (kwargs[name] !== undefined) return kwargs[name];
    if (context.config[name] !== undefined) return context.config[name] as Argument;
  }
  return undefined;
}

/** The value of an argument that is a tensor; undefined for a constant. */
export const tensorOf = (context: LayerContext, found: Argument | undefined): Value | undefined =>
  isTensorRef(found) ? context.value(found) : undefined;

/** Settings of every layer. */
export function commonConfig(context: LayerContext): Record<string, unknown> {
  return context.config['trainable'] === false ? { trainable: false } : {};
}

/** Settings of a layer with weights: fresh values are zeros, as the file's take their place. */
export function weightConfig(context: LayerContext, ...names: string[]): Record<string, unknown> {
  const settings = commonConfig(context);
  for (const name of names) {
    settings[`${name}_initializer`] = 'zeros';
    const regularizer = weightRegularizer(context, name);
    if (regularizer) settings[`${name}_regularizer`] = regularizer;
    const constraint = context.config[`${name}_constraint`];
    if (isObject(constraint)) {
      settings[`${name}_constraint`] = { class_name: constraint['class_name'], config: constraint['config'] ?? {} };
    }
  }
  return settings;
}

function weightRegularizer(context: LayerContext, name: string): unknown {
  const regularizer = context.config[`${name}_regularizer`];
  if (regularizer === null || regularizer === undefined) return undefined;
  const { class_name: kind, config } = isObject(regularizer) ? regularizer : {};
  const { l1 = 0, l2 = 0 } = isObject(config) ? config : {};
  if (kind === 'L1' || kind === 'L2' || kind === 'L1L2') return { class_name: 'L1L2', config: { l1, l2 } };
  context.build.drop(context.call.layer.name, `a regularizer that is not L1 or L2`);
  return undefined;
}

/** Adds the layer of the call itself, under its own name. */
export function addLayer(
  context: LayerContext,
  className: string,
  config: Readonly<Record<string, unknown>>,
  inputs: readonly Value[] = context.inputs,
  weights: ReadonlyMap<string, NamedTensor> = context.weights,
): Value {
  return context.build.add(context.call.name, { className, config, inputs, weights });
}

/** Adds a layer before or after the call's own, under a name made from it. */
export function addHelper(
  context: LayerContext,
  suffix: string,
  className: string,
  config: Readonly<Record<string, unknown>>,
  inputs: readonly Value[],
  channelsFirst?: boolean,
): Value {
  const name = context.build.freeName(`${context.call.name}_${suffix}`);
  return context.build.add(name, {
    className,
    config,
    inputs,
    ...(channelsFirst === undefined ? {} : { channelsFirst }),
  });
}

/**
 * A layer's activation by its name here.
 * @throws ModelError on a name that is not known
 */
export function activation(context: LayerContext): string {
  const named = context.config['activation'] ?? 'linear';
  const name = isObject(named) ? (named['config'] ?? named['class_name']) : named;
  const found = typeof name === 'string' ? activationName(name, context.keras) : undefined;
  if (found !== undefined) return found;
  return refuse(
    context,
    `unknown activation type '${String(name).slice(0, 60)}'; it is Python code or not known here.`,
  );
}

/** Length of an axis. @throws ModelError where it is not known */
export function length(context: LayerContext, x: Value, axis: number): number {
  const found: tf.Shape[number] = x.shape[axis < 0 ? x.shape.length + axis : axis];
  return found ?? refuse(context, 'needs an input of known height and width.');
}
