import type { Normalisation } from '../../datasets/dataset.js';
import type * as tf from '../../tf.js';
import { rawByteInputs, unitInputs } from '../input-ranges.js';

/** How a model that scales images itself wants them. */
export interface BuiltInScaling {
  readonly normalisation: Normalisation;
  /** As a sentence. */
  readonly from: string;
}

/** Layers that images may go through before they are scaled, and stay in their range. */
const KEEP_RANGE = new Set(['Resizing', 'Cropping2D', 'ZeroPadding2D', 'SubsampleChannels', 'Reshape', 'Dropout']);

/**
 * What range of values a model takes that begins with a scaling of its own (Rescaling, Normalization, x / 127.5 − 1): the one that
 * the scaling brings to a few units around 0. Null where it has none, or one that could belong to both ranges.
 */
export function builtInScaling(model: tf.LayersModel): BuiltInScaling | null {
  let from = model.inputs[0].sourceLayer;
  for (;;) {
    const readers = model.layers.filter((layer) =>
      layer.inboundNodes.some((node) => node.inboundLayers.some((inbound) => inbound === from)),
    );
    if (readers.length !== 1) return null;
    const [layer] = readers;
    const kind = layer.getClassName();
    if (kind === 'Rescaling') return rangeOf(layer, model.inputs[0].shape.at(-1) ?? 3);
    if (!KEEP_RANGE.has(kind)) return null;
    from = layer;
  }
}

function rangeOf(layer: tf.layers.Layer, channels: number): BuiltInScaling | null {
  const { scale, offset } = layer.getConfig();
  const list = (value: unknown) => (Array.isArray(value) ? (value as number[]) : [value as number]);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [by, plus] = [mean(list(scale).map(Math.abs)), mean(list(offset))];
  const sentence = (range: string) => `the model scales images itself (layer '${layer.name}'), it takes ${range}`;
  const bytes = { normalisation: rawByteInputs(channels), from: sentence('bytes, 0 to 255') };
  // 1 / 255, 1 / 127.5, the deviations of ImageNet in bytes (about 1 / 58); the means alone are subtracted from bytes too.
  if (by > 0 && by <= 0.05) return bytes;
  if (by === 1 && Math.abs(plus) > 20) return bytes;
  // 2 · x − 1, the deviations of ImageNet in units (about 4.4)
  if (by >= 1.5 && by <= 20 && Math.abs(plus) <= 8) {
    return { normalisation: unitInputs(channels), from: sentence('values from 0 to 1') };
  }
  return null;
}
