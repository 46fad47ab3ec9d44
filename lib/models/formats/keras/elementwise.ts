import { addHelper, type LayerContext, onlyInput, refuse } from './layer-context.js';
import type { Value } from './network-builder.js';

/** A function of every number by itself. */
export function addElementwise(context: LayerContext, className: string, config: Record<string, unknown>): Value {
  const x = onlyInput(context);
  return context.build.add(context.call.name, { className, config, inputs: [x], flattened: x.flattened });
}

/** Adds an activation by its name here; nothing for 'linear'. */
export function addActivation(context: LayerContext, name: string): Value {
  const x = onlyInput(context);
  if (name === 'linear') return { ...x };
  if ((name === 'softmax' || name === 'logSoftmax') && (x.channelsFirst || x.flattened)) {
    refuse(context, 'a softmax over the last axis of maps with channels first is not supported.');
  }
  return addElementwise(context, 'Activation', { activation: name });
}

/** A layer of several inputs, number by number: maps of one shape, or that fit each other when repeated. */
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
