import * as tf from '../../tf.js';
import type { OneDnnBackend } from './backend.js';

export type Inputs = Record<string, tf.TensorInfo>;

/** A kernel of this backend; null leaves the work to tfjs-cpu's. */
export type Kernel<Attributes> = (
  backend: OneDnnBackend,
  inputs: Inputs,
  attributes: Attributes,
) => tf.TensorInfo | tf.TensorInfo[] | null;

function run<Attributes, Result>(
  kernel: (backend: OneDnnBackend, inputs: Inputs, attributes: Attributes) => Result,
  { backend, inputs, attrs }: Parameters<tf.KernelFunc>[0],
): Result {
  const oneDnn = backend as OneDnnBackend;
  return oneDnn.undoIfItThrows(() => kernel(oneDnn, inputs as Inputs, attrs as Attributes));
}

/** Whether tensors (those that are there) are float32 and have elements. */
export const areFloats = (...tensors: (tf.TensorInfo | null | undefined)[]): boolean =>
  tensors.every((t) => t == null || (t.dtype === 'float32' && !t.shape.includes(0)));

/** Puts a kernel in front of tfjs-cpu's, which registers under this backend's name first. */
export function override<Attributes>(kernelName: string, kernel: Kernel<Attributes>): void {
  const stock = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, BACKEND_NAME);
  tf.registerKernel({
    ...stock,
    backendName: BACKEND_NAME,
    kernelFunc: (args) => run(kernel, args) ?? stock.kernelFunc(args),
  });
}

/** Registers a kernel that tfjs-cpu does not have. */
export function add<Attributes>(
  kernelName: string,
  kernel: (backend: OneDnnBackend, inputs: Inputs, attributes: Attributes) => tf.TensorInfo | tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND_NAME,
    kernelFunc: (args) => run(kernel, args),
  });
}

export const BACKEND_NAME = 'onednn';
