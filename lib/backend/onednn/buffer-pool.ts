import type { Addon } from './addon.js';

/** Below this many elements JavaScript's own arrays are as quick. */
const SMALLEST = 4096;

/** Buffers that have lain unused for so long are returned to the system. */
const IDLE_MS = 2000;

export interface BufferPoolOptions {
  /** Bytes that may lie unused. Default 1 GiB. */
  capacity?: number;
}

/**
 * Lends memory for tensors and takes it back when they are disposed: fresh memory has to be mapped and cleared page by page,
 * which costs as much as a pass of arithmetic over it.
 */
export class BufferPool {
  private readonly free = new Map<number, ArrayBuffer[]>();
  private readonly capacity: number;
  private freeBytes = 0;
  private lastUse = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly addon: Pick<Addon, 'allocate' | 'release'>,
    options: BufferPoolOptions = {},
  ) {
    this.capacity = options.capacity ?? 2 ** 30;
  }

  /** Bytes that lie unused. */
  get unusedBytes(): number {
    return this.freeBytes;
  }

  /** An array of `length` elements; its content is undefined. */
  take(length: number): Float32Array {
    if (length < SMALLEST) return new Float32Array(length);
    const bytes = sizeClass(4 * length);
    this.lastUse = performance.now();
    const buffer = this.free.get(bytes)?.pop();
    if (buffer) this.freeBytes -= bytes;
    return new Float32Array(buffer ?? this.addon.allocate(bytes), 0, length);
  }

  /** Takes back an array of `take`. Nobody may use it, or another view of its buffer, from now on. */
  give(values: Float32Array): void {
    if (values.length < SMALLEST) return;
    const buffer = values.buffer as ArrayBuffer;
    const bytes = buffer.byteLength;
    if (this.freeBytes + bytes > this.capacity) {
      this.addon.release(buffer);
      return;
    }
    const stack = this.free.get(bytes);
    if (stack) stack.push(buffer);
    else this.free.set(bytes, [buffer]);
    this.freeBytes += bytes;
    this.lastUse = performance.now();
    this.timer ??= this.watch();
  }

  /** Returns all unused memory to the system. */
  clear(): void {
    for (const buffers of this.free.values()) buffers.forEach((buffer) => this.addon.release(buffer));
    this.free.clear();
    this.freeBytes = 0;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private watch(): NodeJS.Timeout {
    return setInterval(() => {
      if (performance.now() - this.lastUse >= IDLE_MS) this.clear();
    }, IDLE_MS).unref();
  }
}

/** Rounds up to one of eight sizes per power of two, so that tensors of about the same size share buffers. */
export function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
