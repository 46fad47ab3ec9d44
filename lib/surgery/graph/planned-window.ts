import type { PlannedWindow } from '../../backend/plan-window.js';
import * as tf from '../../tf.js';
import type { PlanContext } from './layer-type.js';

type Pair = [number, number];

/** A convolution's window in a plan; undefined where tfjs would be asked for what plans do not have. */
export function plannedConvolution(
  { node, inputShape }: PlanContext,
  kernel: readonly number[],
): PlannedWindow | undefined {
  const { config } = node;
  return windowOf(inputShape, {
    size: [kernel[0], kernel[1]],
    strides: config['strides'] as Pair,
    dilations: (config['dilationRate'] as Pair | undefined) ?? [1, 1],
    pad: config['padding'] as 'same' | 'valid',
  });
}

/** A pooling's window in a plan, likewise. */
export function plannedPooling({ node, inputShape }: PlanContext, size: Pair): PlannedWindow | undefined {
  const { config } = node;
  return windowOf(inputShape, {
    size,
    strides: (config['strides'] as Pair | undefined) ?? size,
    dilations: [1, 1],
    pad: config['padding'] as 'same' | 'valid',
  });
}

function windowOf(
  [height, width]: PlanContext['inputShape'],
  { size, strides, dilations, pad }: { size: Pair; strides: Pair; dilations: Pair; pad: 'same' | 'valid' },
): PlannedWindow | undefined {
  if (pad !== 'same' && pad !== 'valid') return undefined;
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    [1, height, width, 1],
    [...size, 1, 1],
    strides,
    dilations,
    pad,
  );
  return { size, strides, dilations, padding: [padInfo.top, padInfo.left] };
}
