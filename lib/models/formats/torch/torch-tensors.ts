import { ModelError } from '../../../errors.js';
import { halfToFloat } from '../../../run/half-float.js';
import { PickledCall, PickledName, PickledReference } from '../../../run/unpickle.js';
import { bfloat16ToFloat, elementCount, type NamedTensor, ownBuffer } from '../named-tensor.js';

interface Storage {
  readonly bytes: number;
  readonly dtype: string;
  readonly read: (buffer: ArrayBuffer) => NamedTensor['values'];
}

const integers = (list: ArrayLike<number>) => Int32Array.from(list);
const STORAGES: Readonly<Record<string, Storage>> = {
  FloatStorage: { bytes: 4, dtype: 'F32', read: (b) => new Float32Array(b) },
  DoubleStorage: { bytes: 8, dtype: 'F64', read: (b) => new Float64Array(b) },
  HalfStorage: { bytes: 2, dtype: 'F16', read: (b) => halfToFloat(new Uint16Array(b)) },
  BFloat16Storage: { bytes: 2, dtype: 'BF16', read: (b) => bfloat16ToFloat(new Uint16Array(b)) },
  LongStorage: { bytes: 8, dtype: 'I64', read: (b) => new BigInt64Array(b) },
  IntStorage: { bytes: 4, dtype: 'I32', read: (b) => new Int32Array(b) },
  ShortStorage: { bytes: 2, dtype: 'I16', read: (b) => integers(new Int16Array(b)) },
  CharStorage: { bytes: 1, dtype: 'I8', read: (b) => integers(new Int8Array(b)) },
  ByteStorage: { bytes: 1, dtype: 'U8', read: (b) => integers(new Uint8Array(b)) },
  BoolStorage: { bytes: 1, dtype: 'BOOL', read: (b) => integers(new Uint8Array(b)) },
};

/** Reads the bytes of the storages that a pickle refers to. */
export type StorageBytes = (key: string, length: number) => Buffer;

/** Turns what a pickle says of tensors into tensors. Many may share a storage; together they may be little more than the file. */
export class TorchTensors {
  readonly #storages = new Map<string, NamedTensor['values']>();
  #made = 0;

  constructor(
    private readonly storageBytes: StorageBytes,
    private readonly fileBytes: number,
    private readonly file: string,
  ) {}

  /** The tensor that a pickled value is; null when it is none. @throws ModelError when it is one and damaged */
  tensor(value: unknown, name: string): NamedTensor | null {
    if (!(value instanceof PickledCall)) return null;
    if (/^torch\._utils\._rebuild_parameter|^torch\.nn\.parameter\.Parameter$/.test(value.name)) {
      return this.tensor(value.args[0], name);
    }
    if (!value.name.startsWith('torch._utils._rebuild_tensor')) return null;
    const fail = (message: string): never => {
      throw new ModelError(`${this.file}: tensor '${name}': ${message}`);
    };
    const [reference, offset, shape, strides] = value.args;
    if (
      !(reference instanceof PickledReference) ||
      !isSizes(shape) ||
      !isSizes(strides) ||
      strides.length !== shape.length ||
      typeof offset !== 'number'
    ) {
      return fail('expected a storage, an offset, sizes and strides.');
    }
    const { dtype, values } = this.#storage(reference.id, fail);
    const count = elementCount(shape);
    const last = shape.reduce((at, n, axis) => at + (n - 1) * strides[axis], offset);
    if (count > 0 && !(offset >= 0 && last < values.length && count <= values.length)) {
      fail(`[${shape.join(', ')}] from number ${offset} on does not fit its storage of ${values.length} numbers.`);
    }
    if ((this.#made += count) > 4 * this.fileBytes + 1_000_000)
      fail('the tensors are many times as large as the file.');
    return { dtype, shape, values: gathered(values, shape, strides, offset, count) };
  }

  #storage(id: unknown, fail: (message: string) => never): { dtype: string; values: NamedTensor['values'] } {
    // ('storage', torch.FloatStorage, '0', 'cpu', 864)
    const [tag, kind, key, , length] = Array.isArray(id) ? (id as unknown[]) : [];
    const name = kind instanceof PickledName ? kind.name.slice(kind.name.lastIndexOf('.') + 1) : '';
    const storage = Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
    if (tag !== 'storage' || typeof key !== 'string' || typeof length !== 'number' || !storage) {
      return fail(`expected a storage of ${Object.keys(STORAGES).join(', ')}, got ${name || 'something else'}.`);
    }
    let values = this.#storages.get(key);
    if (!values) {
      const bytes = this.storageBytes(key, length * storage.bytes);
      if (bytes.length < length * storage.bytes) {
        fail(`its storage '${key}' should have ${length * storage.bytes} bytes and has ${bytes.length}.`);
      }
      values = storage.read(ownBuffer(bytes.subarray(0, length * storage.bytes)));
      this.#storages.set(key, values);
    }
    return { dtype: storage.dtype, values };
  }
}

/** Key of a storage and the bytes of one of its numbers, from what a pickle says of it. */
export function storageKind(id: unknown): [string, number] {
  const [, kind, key] = Array.isArray(id) ? (id as unknown[]) : [];
  const name = kind instanceof PickledName ? kind.name.slice(kind.name.lastIndexOf('.') + 1) : '';
  return [String(key), Object.hasOwn(STORAGES, name) ? STORAGES[name].bytes : 4];
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);

/** The numbers of a view in row-major order. */
function gathered<T extends NamedTensor['values']>(
  values: T,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  count: number,
): T {
  let contiguous = true;
  for (let axis = shape.length - 1, size = 1; axis >= 0; size *= shape[axis--]) {
    if (shape[axis] !== 1 && strides[axis] !== size) contiguous = false;
  }
  const out = values.slice(offset, offset + count) as T;
  if (contiguous) return out;
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    out[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
