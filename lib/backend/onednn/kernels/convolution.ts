import * as tf from '../../../tf.js';
import { RESIDUAL_CONV2D } from '../../residual-conv2d.js';
import { ACTIVATIONS } from '../activations.js';
import type { OneDnnBackend } from '../backend.js';
import { add, areFloats, override } from '../kernel.js';

type ConvInfo = tf.backend_util.Conv2DInfo;

/**
 * The order of `ConvolutionShape` in addon/convolution-shape.h. `groups` is 1, or the number of channels of a depthwise
 * convolution.
 */
function shapeNumbers(info: ConvInfo, groups: number): Int32Array {
  return Int32Array.of(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.outChannels,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
    groups,
  );
}

interface Attributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface FusedAttributes extends Attributes {
  activation?: string;
  leakyreluAlpha?: number;
  /** Of ModulabResidualConv2D: whether the result may take the residual's memory. */
  overwrite?: boolean;
}

type Shape4D = [number, number, number, number];

/** Geometry for oneDNN, or null where it has no elements or tfjs-cpu has to do it. */
function geometry(
  inputShape: number[],
  filterShape: number[],
  attributes: Attributes,
  depthwise: boolean,
): { info: ConvInfo; numbers: Int32Array } | null {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attributes;
  if (dataFormat !== undefined && dataFormat !== 'NHWC') return null;
  if (inputShape[3] !== filterShape[2]) return null;
  if (depthwise && !tf.backend_util.eitherStridesOrDilationsAreOne(strides, dilations ?? 1)) return null;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  if (info.padInfo.top < 0 || info.padInfo.left < 0) return null;
  if (info.outShape.some((size) => size <= 0)) return null;
  return { info, numbers: shapeNumbers(info, depthwise ? info.inChannels : 1) };
}

type Forward = (
  backend: OneDnnBackend,
  inputs: Record<string, tf.TensorInfo>,
  attributes: FusedAttributes,
) => tf.TensorInfo | null;

/** @param depthwise whether each channel has filters of its own */
function forward(depthwise: boolean): Forward {
  return (backend, inputs, attributes) => {
    const { x, filter } = inputs;
    const { bias, residual, preluActivationWeights } = inputs as Partial<typeof inputs>;
    const activation = ACTIVATIONS[attributes.activation ?? 'linear'];
    if (activation === undefined || preluActivationWeights != null || !areFloats(x, filter, bias)) return null;
    const shape = geometry(x.shape, filter.shape, attributes, depthwise);
    if (shape === null) return null;
    const { info, numbers } = shape;
    let biases: Float32Array | null = null;
    if (bias != null) {
      const values = backend.floats(bias);
      if (values.length === info.outChannels && bias.shape[bias.shape.length - 1] === values.length) biases = values;
      else if (values.length === 1) biases = new Float32Array(info.outChannels).fill(values[0]);
      else return null;
    }
    if (residual != null && !(areFloats(residual) && tf.util.arraysEqual(residual.shape, info.outShape))) return null;
    // Of an operand that is read while the result is written the memory cannot be taken.
    const isOperand = [x, filter, bias].some((t) => t?.dataId === residual?.dataId);
    const overwrite = attributes.overwrite === true && !isOperand;
    const out = residual == null ? backend.output(info.outShape) : summand(backend, residual, overwrite);
    backend.addon.convolve(
      numbers,
      backend.floats(x),
      backend.floats(filter),
      biases,
      backend.floats(out),
      activation,
      attributes.leakyreluAlpha ?? 0,
      residual != null,
    );
    return out;
  };
}

/** The tensor that a residual convolution adds to: the residual itself if nobody else holds it, or a copy. */
function summand(backend: OneDnnBackend, residual: tf.TensorInfo, overwrite: boolean): tf.TensorInfo {
  if (overwrite && backend.isSoleOwner(residual)) return backend.share(residual);
  const copy = backend.output(residual.shape);
  backend.floats(copy).set(backend.floats(residual));
  return copy;
}

function inputGradient(depthwise: boolean) {
  return (
    backend: OneDnnBackend,
    { dy, filter }: Record<string, tf.TensorInfo>,
    attributes: Attributes & { inputShape: number[] },
  ): tf.TensorInfo | null => {
    if (!areFloats(dy, filter)) return null;
    const shape = geometry(attributes.inputShape, filter.shape, attributes, depthwise);
    // The transposed convolution may come with a dy of which only a part is read.
    if (shape === null || !tf.util.arraysEqual(dy.shape, shape.info.outShape)) return null;
    const out = backend.output(shape.info.inShape);
    backend.addon.convolutionInputGradient(
      shape.numbers,
      backend.floats(dy),
      backend.floats(filter),
      backend.floats(out),
    );
    return out;
  };
}

function filterGradient(depthwise: boolean) {
  return (
    backend: OneDnnBackend,
    { x, dy }: Record<string, tf.TensorInfo>,
    attributes: Attributes & { filterShape: number[] },
  ): tf.TensorInfo | null => {
    if (!areFloats(x, dy)) return null;
    const shape = geometry(x.shape, attributes.filterShape, attributes, depthwise);
    if (shape === null || !tf.util.arraysEqual(dy.shape, shape.info.outShape)) return null;
    const out = backend.output(attributes.filterShape);
    backend.addon.convolutionFilterGradient(shape.numbers, backend.floats(x), backend.floats(dy), backend.floats(out));
    return out;
  };
}

export function registerConvolutions(): void {
  override('Conv2D', forward(false));
  override('FusedConv2D', forward(false));
  add(RESIDUAL_CONV2D, (backend, inputs, attributes: FusedAttributes) => {
    const out = forward(false)(backend, inputs, attributes);
    if (out === null) throw new Error(`${RESIDUAL_CONV2D}: the shapes of the tensors do not fit`);
    return out;
  });
  override('Conv2DBackpropInput', inputGradient(false));
  override('Conv2DBackpropFilter', filterGradient(false));
  override('DepthwiseConv2dNative', forward(true));
  override('FusedDepthwiseConv2D', forward(true));
  override('DepthwiseConv2dNativeBackpropInput', inputGradient(true));
  override('DepthwiseConv2dNativeBackpropFilter', filterGradient(true));
}
