import { RUN_PLAN } from '../backend/inference-plan.js';
import { RESIDUAL_CONV2D } from '../backend/residual-conv2d.js';
import * as tf from '../tf.js';

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>;
type Count = (inputs: Shapes, output: readonly number[], attributes: Readonly<Record<string, unknown>>) => number;

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Output positions · kernel: [height, width, in, out] of a convolution, [height, width, …] of a depthwise one. */
const perOutput: Count = ({ filter }, output) => size(output) * size(filter!.shape.slice(0, 3));
const perDepthwiseOutput: Count = ({ filter }, output) => size(output) * size(filter!.shape.slice(0, 2));
const perGradient: Count = ({ dy, filter }) => size(dy!.shape) * size(filter!.shape.slice(0, 3));
const perDepthwiseGradient: Count = ({ dy, filter }) => size(dy!.shape) * size(filter!.shape.slice(0, 2));
const ofFilterGradient: Count = ({ dy }, output) => size(dy!.shape) * size(output.slice(0, 3));
const ofDepthwiseFilterGradient: Count = ({ dy }, output) => size(dy!.shape) * size(output.slice(0, 2));
const ofProduct: Count = ({ a }, output, { transposeA }) =>
  size(output) * a!.shape[a!.shape.length - (transposeA === true ? 2 : 1)];

/** All steps of a plan. */
const ofPlan: Count = ({ x }, _, { macs }) => x!.shape[0] * (macs as number);

/** Kernels that multiply and add, forwards and backwards. */
const KERNELS: Readonly<Record<string, Count>> = {
  Conv2D: perOutput,
  FusedConv2D: perOutput,
  [RESIDUAL_CONV2D]: perOutput,
  [RUN_PLAN]: ofPlan,
  Conv2DBackpropInput: perGradient,
  Conv2DBackpropFilter: ofFilterGradient,
  DepthwiseConv2dNative: perDepthwiseOutput,
  FusedDepthwiseConv2D: perDepthwiseOutput,
  DepthwiseConv2dNativeBackpropInput: perDepthwiseGradient,
  DepthwiseConv2dNativeBackpropFilter: ofDepthwiseFilterGradient,
  BatchMatMul: ofProduct,
  _FusedMatMul: ofProduct,
};

/** Counts what the current backend's kernels compute from now on. */
export interface MacMeter {
  /** Multiply-adds of convolutions and matrix products so far, gradients included; direct algorithm. */
  readonly macs: number;
  /** Ends the count. Meters are stopped in the reverse of the order in which they were started. */
  stop(): void;
}

/**
 * Starts a count of multiply-adds in this thread by putting itself in front of the backend's kernels. What worker threads compute is
 * not seen.
 */
export function startMacMeter(): MacMeter {
  const backendName = tf.getBackend();
  const stock: tf.KernelConfig[] = [];
  let macs = 0;
  for (const [name, count] of Object.entries(KERNELS)) {
    const config = tf.getKernel(name, backendName) as tf.KernelConfig | undefined;
    if (!config) continue;
    stock.push(config);
    replace(config, (args) => {
      const result = config.kernelFunc(args);
      const [first] = (Array.isArray(result) ? result : [result]) as (tf.TensorInfo | undefined)[];
      // a plan that gives nothing is run again step by step
      if (first) macs += count(args.inputs, first.shape, args.attrs ?? {});
      return result;
    });
  }
  return {
    get macs() {
      return macs;
    },
    stop: () => stock.forEach((config) => replace(config, config.kernelFunc)),
  };
}

function replace(config: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel({ ...config, kernelFunc });
}
