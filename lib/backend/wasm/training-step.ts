import * as tf from '../../tf.js';
import { ADAM_STEP, type AdamAttributes, SGD_STEP, type SgdAttributes } from '../training/optimizer-step.js';
import { registerReluGradients, RELU_GRADIENT, type ReluGradientAttributes } from '../training/relu-gradient.js';
import { Heap } from './heap.js';
import type { ElementPass } from './simd/element-passes.js';

/** Runs a pass over `inputs` that gives as many tensors of the same shape as `results` says. */
function run(
  heap: Heap,
  pass: ElementPass,
  inputs: tf.TensorInfo[],
  results: number,
  numbers: number[],
): tf.TensorInfo[] {
  const { shape } = inputs[0];
  const outputs = Array.from({ length: results }, () => heap.output(shape));
  const arrays = [...inputs, ...outputs].map((t) => heap.address(t));
  heap.kernels.elements(pass, arrays, tf.util.sizeFromShape(shape), numbers);
  return outputs;
}

function sgdStep(heap: Heap, inputs: tf.NamedTensorInfoMap, attributes: SgdAttributes): tf.TensorInfo[] {
  const { variable, gradient, velocity } = inputs as Partial<Record<string, tf.TensorInfo>>;
  const { learningRate, momentum, weightDecay } = attributes;
  const slots = velocity === undefined ? [] : [velocity];
  const pass = `sgd${slots.length > 0 ? 'Momentum' : ''}${weightDecay === 0 ? '' : 'Decay'}` as const;
  const numbers = [learningRate, momentum, weightDecay];
  return run(heap, pass, [variable!, gradient!, ...slots], 1 + slots.length, numbers);
}

function adamStep(heap: Heap, inputs: tf.NamedTensorInfoMap, attributes: AdamAttributes): tf.TensorInfo[] {
  const { variable, gradient, mean, square } = inputs as Record<string, tf.TensorInfo>;
  const { beta1, beta2, epsilon, weightDecay, stepSize, squareCorrection } = attributes;
  const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, weightDecay, stepSize, squareCorrection];
  return run(heap, weightDecay === 0 ? 'adam' : 'adamDecay', [variable, gradient, mean, square], 3, numbers);
}

/** Registers kernels for the gradient of ReLU and for the optimisers' updates, each one pass over memory. */
export function registerTrainingStep(): void {
  const add = <A>(
    kernelName: string,
    kernel: (heap: Heap, inputs: tf.NamedTensorInfoMap, attributes: A) => tf.TensorInfo[],
  ): void =>
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) => kernel(Heap.of(backend), inputs, attrs as A),
    });
  add(RELU_GRADIENT, (heap, { dy, x }, { max }: ReluGradientAttributes) =>
    run(heap, 'reluGradient', [dy, x] as tf.TensorInfo[], 1, [max]),
  );
  add(SGD_STEP, sgdStep);
  add(ADAM_STEP, adamStep);
  registerReluGradients();
}
