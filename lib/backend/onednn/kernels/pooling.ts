import * as tf from '../../../tf.js';
import type { PoolingShape } from '../addon-functions/pooling.js';
import type { OneDnnBackend } from '../backend.js';
import { areFloats, override } from '../kernel.js';

type Attributes = tf.MaxPoolAttrs;

interface Geometry {
  numbers: PoolingShape;
  outShape: number[];
  /** Whether every window is one input, in order. */
  isIdentity: boolean;
}

/**
 * Geometry for the addon, or null where tfjs-cpu has to do it: negative padding, no windows.
 * @param outShape the result's, if it is known: tfjs-core's gradients leave out the rounding mode that decided it
 */
function geometry(
  inShape: number[],
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
  outShape?: number[],
): Geometry | null {
  const shape = inShape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  const [batch, outHeight, outWidth, channels] = outShape ?? info.outShape;
  if (top < 0 || left < 0 || outHeight <= 0 || outWidth <= 0) return null;
  if (batch !== info.batchSize || channels !== info.inChannels) return null;
  return {
    numbers: Int32Array.of(
      batch,
      channels,
      ...[info.inHeight, outHeight, info.filterHeight, info.strideHeight, top],
      ...[info.inWidth, outWidth, info.filterWidth, info.strideWidth, left],
    ),
    outShape: [batch, outHeight, outWidth, channels],
    isIdentity: info.filterHeight === 1 && info.filterWidth === 1 && tf.util.arraysEqual(info.inShape, info.outShape),
  };
}

function forward(pool: 'maxPool' | 'averagePool') {
  return (backend: OneDnnBackend, { x }: Record<string, tf.TensorInfo>, attributes: Attributes) => {
    const shape = areFloats(x) ? geometry(x.shape, attributes) : null;
    if (shape === null) return null;
    if (shape.isIdentity) return backend.share(x);
    const out = backend.output(shape.outShape);
    backend.addon[pool](shape.numbers, backend.floats(x), backend.floats(out));
    return out;
  };
}

function maxPoolGradient(
  backend: OneDnnBackend,
  { dy, input }: Record<string, tf.TensorInfo>,
  attributes: Attributes,
): tf.TensorInfo | null {
  const shape = areFloats(dy, input) ? geometry(input.shape, attributes, dy.shape) : null;
  if (shape === null) return null;
  const dx = backend.output(input.shape);
  backend.addon.maxPoolGradient(shape.numbers, backend.floats(input), backend.floats(dy), backend.floats(dx));
  return dx;
}

function averagePoolGradient(
  backend: OneDnnBackend,
  { dy, input }: Record<string, tf.TensorInfo>,
  attributes: Attributes,
): tf.TensorInfo | null {
  const shape = areFloats(dy, input) ? geometry(input.shape, attributes, dy.shape) : null;
  if (shape === null) return null;
  const dx = backend.output(input.shape);
  backend.addon.averagePoolGradient(shape.numbers, backend.floats(dy), backend.floats(dx));
  return dx;
}

export function registerPooling(): void {
  override('MaxPool', forward('maxPool'));
  override('AvgPool', forward('averagePool'));
  override('MaxPoolGrad', maxPoolGradient);
  override('AvgPoolGrad', averagePoolGradient);
}
