import type { BatchNormFunctions } from './addon-functions/batch-norm.js';
import type { ElementWiseFunctions } from './addon-functions/element-wise.js';
import type { InferencePlanFunctions } from './addon-functions/inference-plan.js';
import type { LayoutFunctions } from './addon-functions/layout.js';
import type { PoolingFunctions } from './addon-functions/pooling.js';
import type { ReductionFunctions } from './addon-functions/reduction.js';
import type { TrainingPlanFunctions } from './addon-functions/training-plan.js';
import type { TrainingStepFunctions } from './addon-functions/training-step.js';

/** Numbers for a convolution in the order of `ConvolutionShape` in addon/convolution-shape.h. */
export type ConvolutionShape = Int32Array;
/** Numbers for a matrix product in the order of `Shape` in addon/mat-mul.cc. */
export type MatMulShape = Int32Array;

/**
 * What the compiled addon offers. Every function checks the length of its arrays and throws a TypeError or RangeError where
 * they do not fit, and an Error with oneDNN's message where it fails. Results are written into arrays given by the caller.
 */
export interface Addon
  extends
    BatchNormFunctions,
    ElementWiseFunctions,
    InferencePlanFunctions,
    LayoutFunctions,
    PoolingFunctions,
    ReductionFunctions,
    TrainingPlanFunctions,
    TrainingStepFunctions {
  /** Of the oneDNN library that was loaded. */
  readonly version: string;
  /**
   * Sets the number of threads for calls from this thread, or leaves it with 0. No more than there are processors, and than
   * OpenMP and the system grant; gives the number in use, which stays the same until the next call.
   */
  setThreads(count: number): number;
  /** Forgets prepared primitives and returns scratch memory. */
  clear(): void;

  /** Aligned memory of undefined content. */
  allocate(bytes: number): ArrayBuffer;
  /** Returns the memory of a buffer of `allocate`, which is empty afterwards. */
  release(buffer: ArrayBuffer): void;

  /** out = activation(x ∗ filter + bias), or activation(x ∗ filter + bias + out) with `residual`. */
  convolve(
    shape: ConvolutionShape,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | null,
    out: Float32Array,
    activation: number,
    slope: number,
    residual: boolean,
  ): void;
  convolutionInputGradient(shape: ConvolutionShape, dy: Float32Array, filter: Float32Array, dx: Float32Array): void;
  convolutionFilterGradient(shape: ConvolutionShape, x: Float32Array, dy: Float32Array, dFilter: Float32Array): void;
  /** oneDNN's name of the code that computes it; pass 0 is forward, 1 the input's gradient, 2 the filter's. */
  convolutionImplementation(shape: ConvolutionShape, pass: 0 | 1 | 2): string;

  /** out = activation(a·b + bias), matrix by matrix. */
  matMul(
    shape: MatMulShape,
    a: Float32Array,
    b: Float32Array,
    bias: Float32Array | null,
    out: Float32Array,
    activation: number,
    slope: number,
  ): void;
}
