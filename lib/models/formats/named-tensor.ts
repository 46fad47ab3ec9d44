/** One array of a weight file, row-major. */
export interface NamedTensor {
  /** The file's own name of the number type, e.g. 'F32' or '<f4'. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

/** The arrays of a weight file by name. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Numbers in all of the arrays together. */
export const storedNumbers = (tensors: NamedTensors): number =>
  [...tensors.values()].reduce((total, { values }) => total + values.length, 0);

/**
 * Reorders the axes of a row-major array.
 * @param axes axes[i] is the axis of `shape` that becomes axis i of the result
 */
export function permuteAxes<T extends NamedTensor['values']>(
  values: T,
  shape: readonly number[],
  axes: readonly number[],
): T {
  if (shape.length === 2 && axes[0] === 1) return flipped(values, shape[0], shape[1]);
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const outShape = axes.map((axis) => shape[axis]);
  const outStrides = axes.map((axis) => strides[axis]);
  const out = values.slice() as T;
  const index = new Array<number>(axes.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = values[from];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += outStrides[axis];
      if (++index[axis] < outShape[axis]) break;
      from -= outStrides[axis] * outShape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** A matrix with its axes changed, in blocks that stay in the processor's cache. */
function flipped<T extends NamedTensor['values']>(values: T, rows: number, columns: number): T {
  const out = values.slice() as T;
  const block = 32;
  for (let top = 0; top < rows; top += block) {
    for (let left = 0; left < columns; left += block) {
      const [bottom, right] = [Math.min(rows, top + block), Math.min(columns, left + block)];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) out[column * rows + row] = values[row * columns + column];
      }
    }
  }
  return out;
}

/** A copy of `bytes` with a buffer of its own, so that typed arrays of any element size can be laid over it. */
export function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** bfloat16 bit patterns (the upper half of a float32) to float32. */
export function bfloat16ToFloat(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (upper) => upper << 16).buffer);
}
