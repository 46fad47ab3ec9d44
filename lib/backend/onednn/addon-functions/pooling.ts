/** batch, channels, then input, output, window, stride and padding before it, of rows and of columns. */
export type PoolingShape = Int32Array;

/** What the addon offers for pooling. Tensors are [batch, rows, columns, channels]. */
export interface PoolingFunctions {
  /** The largest of every window, padding and NaN aside; −∞ where there is none. */
  maxPool(shape: PoolingShape, x: Float32Array, out: Float32Array): void;
  /** The mean of every window, padding aside; NaN where it is empty. */
  averagePool(shape: PoolingShape, x: Float32Array, out: Float32Array): void;
  /** Every window's dy goes to the first of its largest inputs. */
  maxPoolGradient(shape: PoolingShape, x: Float32Array, dy: Float32Array, dx: Float32Array): void;
  /** Every window's dy over its size, padding included, goes to all of its inputs. */
  averagePoolGradient(shape: PoolingShape, dy: Float32Array, dx: Float32Array): void;
}
