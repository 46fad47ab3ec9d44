import type * as tf from '../../tf.js';
import { countMacs } from './count-macs.js';
import type { ModelTrace } from './trace.js';

/** What each removable unit costs. Numbered as in `maskLayout`. Plain data. */
export interface UnitCosts {
  /** Kernels that stand behind a unit: more than one where layers are tied. */
  readonly kernels: Float64Array;
  /** Multiply-adds of one image that go when the unit alone is removed: those of its kernels and those that read them. */
  readonly macs: Float64Array;
}

/**
 * Kernels and multiply-adds of a model's units.
 * @param inputShape [height, width, channels] of the images; the model's own where left out
 * @throws OptionError when the model takes images of any size and no shape is given
 */
export function unitCosts(model: tf.LayersModel, trace: ModelTrace, inputShape?: readonly number[]): UnitCosts {
  const columnOfUnit: number[] = [];
  const kernels: number[] = [];
  for (const group of trace.groups) {
    for (const { members } of group.units) {
      columnOfUnit.push(group.protected ? -1 : kernels.length);
      if (!group.protected) kernels.push(members.length);
    }
  }
  const macs = new Float64Array(kernels.length);
  const layers = new Map(trace.layers.map((layer) => [layer.name, layer]));
  /** Spreads multiply-adds over the channels of a layer's output. */
  const spread = (layer: string, amount: number) => {
    const { channels } = layers.get(layer)!;
    for (const unit of channels) {
      const column = unit < 0 ? -1 : columnOfUnit[unit];
      if (column >= 0) macs[column] += amount / channels.length;
    }
  };
  for (const { layer, kind, macs: amount } of countMacs(model, inputShape).layers) {
    const [input] = layers.get(layer)!.inputs;
    if (kind === 'DepthwiseConv2D') {
      spread(layer, amount);
      continue;
    }
    spread(input, amount);
    spread(layer, kind === 'SeparableConv2D' ? amount * pointwiseShare(model.getLayer(layer)) : amount);
  }
  return { kernels: Float64Array.from(kernels), macs };
}

/** Share of a separable convolution's multiply-adds that its second, 1×1 convolution makes. */
function pointwiseShare(layer: tf.layers.Layer): number {
  const [depthwise, pointwise] = layer.weights.map(({ shape }) =>
    shape.reduce<number>((n, size) => n * (size ?? 1), 1),
  );
  return pointwise / (depthwise + pointwise);
}
