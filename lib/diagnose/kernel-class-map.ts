/** How strongly each kernel of one convolution layer goes with each class. Plain data. */
export interface KernelClassMap {
  readonly layer: string;
  readonly classNames: readonly string[];
  readonly kernels: number;
  /** One row per class, one non-negative value per kernel. */
  readonly values: readonly Float32Array[];
  /** What the values are, for axis titles: 'mean activation after ReLU', 'gradient mass', … */
  readonly quantity: string;
}
