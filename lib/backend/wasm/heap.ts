import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { ModulabError } from '../../errors.js';
import type { DataType, TensorInfo } from '../../tf.js';
import { type SimdKernels, simdKernels } from './simd/simd-kernels.js';

interface HeapModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  asm?: { memory?: WebAssembly.Memory };
}

/** Direct access to the memory in which tfjs-backend-wasm keeps its tensors. */
export class Heap {
  readonly kernels: SimdKernels;
  private readonly module: HeapModule;

  private constructor(private readonly backend: BackendWasm) {
    this.module = backend.wasm;
    const memory = this.module.asm?.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('this tfjs-backend-wasm does not export its memory');
    this.kernels = simdKernels(memory);
    refuseToOverflow(this.module);
  }

  private static readonly heaps = new WeakMap<object, Heap>();

  static of(backend: unknown): Heap {
    const wasm = backend as BackendWasm;
    let heap = Heap.heaps.get(wasm.wasm);
    if (!heap) Heap.heaps.set(wasm.wasm, (heap = new Heap(wasm)));
    return heap;
  }

  /** All of memory as float32; a fresh view, because allocating may replace the buffer. */
  floats(): Float32Array {
    return new Float32Array(this.module.HEAPU8.buffer);
  }

  /** Byte address of a tensor's first element. */
  address(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new uninitialised tensor. */
  output(shape: number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** The tensor's elements in place; valid until the next allocation. */
  view(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array {
    return this.backend.typedArrayFromHeap(tensor);
  }

  /** The same data as one more tensor. */
  share(tensor: TensorInfo): TensorInfo {
    this.backend.incRef(tensor.dataId);
    return { ...tensor };
  }

  /** Runs `body` with `count` uninitialised floats at the byte address it is given, and frees them. */
  withScratch<T>(count: number, body: (address: number) => T): T {
    const address = this.module._malloc(Math.max(1, count) * 4) >>> 0;
    try {
      return body(address);
    } finally {
      this.module._free(address);
    }
  }
}

/** Without memory the allocation traps, or gives the address 0, which TensorFlow.js takes for a tensor's. */
function refuseToOverflow(module: HeapModule): void {
  module._free(module._malloc(1)); // the first call puts another function in its place
  const allocate = module._malloc.bind(module);
  module._malloc = (bytes) => {
    let cause: unknown;
    try {
      const address = allocate(bytes);
      if (address !== 0 || bytes === 0) return address;
    } catch (trap) {
      cause = trap;
    }
    throw new ModulabError(
      `The wasm backend has no memory left for ${bytes} more bytes; it can have 4 GB at most. ` +
        'Take fewer images at once (batchSize), dispose what is not needed, or use another backend.',
      { cause },
    );
  };
}
