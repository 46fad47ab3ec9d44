import { addActivation, addElementwise, addMerge } from './elementwise.js';
import { type LayerContext, number, onlyInput } from './layer-context.js';
import type { Value } from './network-builder.js';

/** One of the layers that together do what a layer of the file does. */
function part(context: LayerContext, name: string, className: string, config: object, x: Value): Value {
  const settings = config as Record<string, unknown>;
  const free = context.build.freeName(`${context.call.name}_${name}`);
  return context.build.add(free, { className, config: settings, inputs: [x], flattened: x.flattened });
}

const scaled = (context: LayerContext, name: string, x: Value, scale: number, offset = 0): Value =>
  part(context, name, 'Rescaling', { scale, offset }, x);

/** x between two numbers, and the nearer of them beyond; null for no bound above. */
export function addClip(context: LayerContext, low: number, high: number | null): Value {
  if (low === 0) return addElementwise(context, 'ReLU', high === null ? {} : { max_value: high });
  if (low === -1 && high === 1) return addActivation(context, 'hardTanh');
  const moved = scaled(context, 'moved', onlyInput(context), 1, -low);
  const cut = part(context, 'cut', 'ReLU', high === null ? {} : { max_value: high - low }, moved);
  const config = { scale: 1, offset: low };
  return context.build.add(context.call.name, {
    className: 'Rescaling',
    config,
    inputs: [cut],
    flattened: cut.flattened,
  });
}

/** x, or α(e^x − 1) below 0: (1 − α) · relu(x) + α · elu(x). */
export function addElu(context: LayerContext, alpha: number): Value {
  if (alpha === 1) return addElementwise(context, 'ELU', {});
  const x = onlyInput(context);
  const curved = scaled(context, 'curved_share', part(context, 'curved', 'ELU', {}, x), alpha);
  return addMerge(context, 'Add', [
    curved,
    scaled(context, 'straight_share', part(context, 'straight', 'ReLU', {}, x), 1 - alpha),
  ]);
}

/** |x| as relu(x) + relu(−x). */
export function addAbsolute(context: LayerContext): Value {
  const x = onlyInput(context);
  const below = part(context, 'below', 'ReLU', {}, scaled(context, 'negative', x, -1));
  return addMerge(context, 'Add', [part(context, 'above', 'ReLU', {}, x), below]);
}

/** Keras's ReLU with everything: cut off above, a threshold below which values are slope · (x − threshold). */
export function addBentReLU(context: LayerContext, slope: number, threshold: number, most: number | null): Value {
  const x = onlyInput(context);
  let above = threshold === 0 ? x : part(context, 'above', 'ThresholdedReLU', { theta: threshold }, x);
  if (threshold === 0 || most !== null) {
    above = part(
      context,
      'cut',
      'ReLU',
      most === null ? {} : { max_value: number({ ...context, config: { most } }, 'most', 0) },
      above,
    );
  }
  if (slope === 0) return { ...above };
  const below = part(context, 'below', 'ReLU', {}, scaled(context, 'under', x, -1, threshold));
  return addMerge(context, 'Add', [above, scaled(context, 'slope', below, -slope)]);
}
