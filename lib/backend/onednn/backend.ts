import * as tf from '../../tf.js';
import type { Addon } from './addon.js';
import { BufferPool } from './buffer-pool.js';

type Data = ReturnType<tf.MathBackendCPU['data']['get']> & {
  /** Whether the values are an array of the pool that nothing but this backend has seen. */
  pooled?: boolean;
};

/**
 * Whoever asks for a tensor's data here may keep the array (tfjs-cpu's slice gives a view of its input, dataSync gives the
 * array itself), so it does not go back into the pool. The kernels of this backend use `peek`.
 */
class LentData extends tf.DataStorage<Data> {
  override get(dataId: object): Data {
    const data = super.get(dataId);
    data.pooled = false;
    return data;
  }

  peek(dataId: object): Data {
    return super.get(dataId);
  }
}

/**
 * A tfjs backend that computes with oneDNN. Tensors are Float32Arrays, as in tfjs-cpu, whose kernels it inherits for
 * everything that it has none of its own for.
 */
export class OneDnnBackend extends tf.MathBackendCPU {
  readonly pool: BufferPool;
  private readonly lent: LentData;
  /** Data that the running kernel has made, and data it shares once for each time; undefined while none runs. */
  private made: object[] | undefined;

  constructor(readonly addon: Addon) {
    super();
    this.pool = new BufferPool(addon);
    this.lent = new LentData(this, tf.engine());
    this.data = this.lent;
  }

  /** A new float32 tensor of undefined content. */
  output(shape: number[]): tf.TensorInfo {
    const dataId = this.write(this.pool.take(tf.util.sizeFromShape(shape)), shape, 'float32');
    this.lent.peek(dataId).pooled = true;
    return { dataId, shape, dtype: 'float32' };
  }

  /** Runs a kernel of this backend. The tensors that it has made go if it throws, since nobody else knows of them. */
  undoIfItThrows<Result>(kernel: () => Result): Result {
    const made = (this.made = [] as object[]);
    try {
      return kernel();
    } catch (error) {
      made.forEach((dataId) => this.disposeData(dataId));
      throw error;
    } finally {
      this.made = undefined;
    }
  }

  override write(...args: Parameters<tf.MathBackendCPU['write']>): object {
    const dataId = super.write(...args);
    this.made?.push(dataId);
    return dataId;
  }

  /** The elements of a numeric tensor, not to be kept. They are a copy where tfjs-cpu holds them as integers. */
  floats({ dataId }: tf.TensorInfo): Float32Array {
    const { values } = this.lent.peek(dataId);
    return values instanceof Float32Array ? values : Float32Array.from(values as Int32Array);
  }

  /** The same data as one more tensor. */
  share(tensor: tf.TensorInfo, shape: number[] = tensor.shape): tf.TensorInfo {
    this.incRef(tensor.dataId);
    this.made?.push(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  /** Whether a tensor's memory belongs to it alone, so that it may be written to. */
  isSoleOwner({ dataId }: tf.TensorInfo): boolean {
    const { pooled, refCount } = this.lent.peek(dataId);
    return pooled === true && refCount === 1;
  }

  override refCount(dataId: object): number {
    return this.lent.has(dataId) ? this.lent.peek(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.lent.peek(dataId).refCount++;
  }

  override decRef(dataId: object): void {
    if (this.lent.has(dataId)) this.lent.peek(dataId).refCount--;
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.lent.has(dataId) ? this.lent.peek(dataId) : undefined;
    if (data?.pooled !== true) return super.disposeData(dataId, force);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    this.lent.delete(dataId);
    this.pool.give(data.values as Float32Array);
    return true;
  }

  override dispose(): void {
    this.pool.clear();
    this.addon.clear();
  }
}
