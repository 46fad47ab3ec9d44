import * as tf from '../../tf.js';
import { batchNorm, isNormalisable, registerBatchNormTraining } from './batch-norm.js';
import { conv2D } from './conv2d.js';
import { conv2DBackpropFilter } from './conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './conv2d-backprop-input.js';
import {
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
} from './depthwise-conv2d-backprop.js';
import { Heap } from './heap.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { sumOfLeadingAxes } from './sum-of-leading-axes.js';
import { registerTrainingStep } from './training-step.js';
import { transposedMatMul } from './transposed-mat-mul.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

let registered = false;

/**
 * Registers what training needs and tfjs-backend-wasm lacks or does slowly. Call after importing tfjs-backend-wasm.
 * @param shortestDepth filters with fewer elements per output channel are left to the stock convolution, which is faster there
 */
export function registerWasmKernels(shortestDepth = 36): void {
  if (registered) return;
  registered = true;
  const leaveToStock = ({ shape: [height, width, channels] }: tf.TensorInfo, attrs: tf.Conv2DAttrs): boolean =>
    isDilated(attrs) || (height * width * channels < shortestDepth && !mayRoundUp(attrs));
  add('Conv2DBackpropFilter', (heap, { x, dy }, attrs: tf.Conv2DBackpropFilterAttrs) =>
    conv2DBackpropFilter(heap, x, dy, attrs),
  );
  add('DepthwiseConv2dNativeBackpropFilter', (heap, { x, dy }, attrs: tf.DepthwiseConv2dNativeBackpropFilterAttrs) =>
    depthwiseConv2dNativeBackpropFilter(heap, x, dy, { ...attrs, dataFormat: 'NHWC' }),
  );
  add('DepthwiseConv2dNativeBackpropInput', (heap, { dy, filter }, attrs: tf.DepthwiseConv2dNativeBackpropInputAttrs) =>
    depthwiseConv2dNativeBackpropInput(heap, dy, filter, { ...attrs, dataFormat: 'NHWC' }),
  );
  add('UnsortedSegmentSum', (heap, { x, segmentIds }, attrs: tf.UnsortedSegmentSumAttrs) =>
    unsortedSegmentSum(heap, x, segmentIds, attrs),
  );
  replace('Conv2DBackpropInput', (heap, { dy, filter }, attrs: tf.Conv2DBackpropInputAttrs) =>
    conv2DBackpropInput(heap, dy, filter, attrs),
  );
  replace('Conv2D', (heap, { x, filter }, attrs: tf.Conv2DAttrs) =>
    leaveToStock(filter, attrs) ? null : conv2D(heap, x, filter, attrs),
  );
  replace('FusedConv2D', (heap, { x, filter, bias, preluActivationWeights }, attrs: tf.FusedConv2DAttrs) => {
    const range = CLIPS[attrs.activation ?? 'linear'];
    if (!range || preluActivationWeights || isDilated(attrs)) return null;
    // The stock kernel takes no bias that is shared by all channels.
    const shared = bias && tf.util.sizeFromShape(bias.shape) === 1;
    if (!shared && ((bias && !tf.util.arraysEqual(bias.shape, [filter.shape[3]])) || leaveToStock(filter, attrs))) {
      return null;
    }
    return conv2D(heap, x, filter, attrs, { bias, ...range });
  });
  replace('BatchMatMul', (heap, { a, b }, attrs: tf.BatchMatMulAttrs) => transposedMatMul(heap, a, b, attrs));
  // The stock kernel's search starts at the smallest positive float: windows whose maximum is below lose their gradient.
  replace('MaxPoolGrad', (heap, { dy, input }, attrs: tf.MaxPoolGradAttrs) => maxPoolGrad(heap, dy, input, attrs));
  replace('FusedBatchNorm', (heap, { x, mean, variance, offset, scale }, attrs: tf.FusedBatchNormAttrs) =>
    isNormalisable(x, mean, variance, offset, scale)
      ? batchNorm(heap, x, mean, variance, offset, scale, attrs.varianceEpsilon)
      : null,
  );
  replace('Sum', (heap, { x }, attrs: tf.SumAttrs) => sumOfLeadingAxes(heap, x, attrs.axis, attrs.keepDims, false));
  replace('Mean', (heap, { x }, attrs: tf.MeanAttrs) => sumOfLeadingAxes(heap, x, attrs.axis, attrs.keepDims, true));
  // The stock kernel copies the data.
  replace('Identity', (heap, { x }) => (x.dtype === 'string' ? null : heap.share(x)));
  registerBatchNormTraining();
  registerTrainingStep();
}

/** Activations that are a clip. */
const CLIPS: Partial<Record<string, { low: number; high: number }>> = {
  linear: { low: -Infinity, high: Infinity },
  relu: { low: 0, high: Infinity },
  relu6: { low: 0, high: 6 },
};

/** The stock convolution leaves the windows that rounding up adds unwritten. */
const mayRoundUp = ({ dimRoundingMode: mode }: tf.Conv2DAttrs): boolean => mode === 'ceil' || mode === 'round';

const isDilated = (attrs: tf.Conv2DAttrs): boolean => [attrs.dilations].flat().some((d) => d !== 1);

type Inputs = Record<string, tf.TensorInfo>;

function add<A>(kernelName: string, kernel: (heap: Heap, inputs: Inputs, attrs: A) => tf.TensorInfo): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => kernel(Heap.of(backend), inputs as Inputs, attrs as A),
  });
}

/** Replaces a kernel of tfjs-backend-wasm, which still runs where the new one gives null. */
function replace<A>(kernelName: string, kernel: (heap: Heap, inputs: Inputs, attrs: A) => tf.TensorInfo | null): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelFunc: (args) =>
      kernel(Heap.of(args.backend), args.inputs as Inputs, args.attrs as A) ?? stock.kernelFunc(args),
  });
}
