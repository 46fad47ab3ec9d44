/**
 * A small assembler for WebAssembly functions with 128-bit SIMD, enough for loops over float32 arrays that live in
 * another module's memory. The kernels are written in TypeScript against it, so no C tool chain and no binary is needed.
 * Encoding: WebAssembly core specification 2.0, chapter 5 (binary format).
 */

export type ValueType = 'i32' | 'f32' | 'v128';

const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const SIMD = {
  load: 0x00,
  loadSplat32: 0x09,
  store: 0x0b,
  splat: 0x13,
  eq: 0x41,
  ne: 0x42,
  gt: 0x44,
  le: 0x45,
  and: 0x4e,
  select: 0x52,
  storeLane32: 0x5a,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  min: 0xe8,
  max: 0xe9,
} as const;

const SCALAR = { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95 } as const;

/** Collects the instructions of one function. Parameters are the first locals. */
export class WasmFunction {
  private readonly code: number[] = [];
  private readonly locals: ValueType[] = [];

  constructor(
    readonly name: string,
    readonly parameters: readonly ValueType[],
  ) {}

  /** A fresh local variable (zero at the start); returns its index. */
  local(type: ValueType): number {
    return this.parameters.length + this.locals.push(type) - 1;
  }

  get(...indices: number[]): this {
    for (const index of indices) this.code.push(0x20, ...unsignedLeb(index));
    return this;
  }

  set(index: number): this {
    this.code.push(0x21, ...unsignedLeb(index));
    return this;
  }

  const(value: number): this {
    this.code.push(0x41, ...signedLeb(value));
    return this;
  }

  /** Pushes an f32. */
  constFloat(value: number): this {
    this.code.push(0x43, ...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** Sets the v128 local `index` to four zeros. */
  zero(index: number): this {
    this.code.push(0xfd, 0x0c, ...Array<number>(16).fill(0));
    return this.set(index);
  }

  /** local `index` += the local `step`, both i32. */
  advance(index: number, step: number): this {
    this.get(index, step);
    this.code.push(0x6a);
    return this.set(index);
  }

  /** local `index` += `bytes`. */
  advanceBy(index: number, bytes: number): this {
    this.get(index).const(bytes);
    this.code.push(0x6a);
    return this.set(index);
  }

  /** Runs `body` `count` times (a local holding an i32 ≥ 0, left unchanged). */
  repeat(count: number, body: () => void): this {
    const left = this.local('i32');
    this.get(count).set(left);
    this.code.push(0x02, 0x40); // block
    this.get(left);
    this.code.push(0x45, 0x0d, 0x00, 0x03, 0x40); // i32.eqz, br_if 0, loop
    body();
    this.get(left).const(1);
    this.code.push(0x6b); // i32.sub
    this.code.push(0x22, ...unsignedLeb(left), 0x0d, 0x00, 0x0b, 0x0b); // local.tee, br_if 0, end, end
    return this;
  }

  /** Runs `body` if the i32 local `condition` is not 0. */
  when(condition: number, body: () => void): this {
    this.get(condition);
    this.code.push(0x04, 0x40);
    body();
    this.code.push(0x0b);
    return this;
  }

  /** Pushes four floats from [address on the stack + offset]; no alignment is assumed beyond four bytes. */
  loadVector(offset = 0): this {
    return this.simd(SIMD.load).memory(offset);
  }

  /** Pushes one float from [address on the stack + offset], four times. */
  loadSplat(offset = 0): this {
    return this.simd(SIMD.loadSplat32).memory(offset);
  }

  /** Stores the vector on the stack to [address below it + offset]. */
  storeVector(offset = 0): this {
    return this.simd(SIMD.store).memory(offset);
  }

  /** Stores the first float of the vector on the stack to [address below it]. */
  storeFirst(): this {
    this.simd(SIMD.storeLane32).memory(0);
    this.code.push(0);
    return this;
  }

  loadFloat(offset = 0): this {
    this.code.push(0x2a);
    return this.memory(offset);
  }

  storeFloat(offset = 0): this {
    this.code.push(0x38);
    return this.memory(offset);
  }

  /**
   * Vector operation on the top of the stack. Comparisons give a bit mask for `and` and for `select`, which takes the
   * first operand where the mask is set and the second elsewhere.
   */
  vector(operation: Exclude<keyof typeof SIMD, 'load' | 'loadSplat32' | 'store' | 'storeLane32'>): this {
    return this.simd(SIMD[operation]);
  }

  scalar(operation: keyof typeof SCALAR): this {
    this.code.push(SCALAR[operation]);
    return this;
  }

  private simd(operation: number): this {
    this.code.push(0xfd, ...unsignedLeb(operation));
    return this;
  }

  private memory(offset: number): this {
    this.code.push(2, ...unsignedLeb(offset)); // alignment 2^2
    return this;
  }

  /** The function's entry of the code section. */
  encode(): number[] {
    const body = [
      ...unsignedLeb(this.locals.length),
      ...this.locals.flatMap((type) => [1, TYPE_CODE[type]]),
      ...this.code,
      0x0b,
    ];
    return [...unsignedLeb(body.length), ...body];
  }
}

/** The functions (no results) as one module whose memory is imported as `host.memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array {
  const text = (s: string): number[] => [...unsignedLeb(s.length), ...Buffer.from(s, 'ascii')];
  const section = (id: number, items: number[][]): number[] => {
    const body = [...unsignedLeb(items.length), ...items.flat()];
    return [id, ...unsignedLeb(body.length), ...body];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      functions.map((f) => [0x60, ...unsignedLeb(f.parameters.length), ...f.parameters.map((p) => TYPE_CODE[p]), 0]),
    ),
    ...section(2, [[...text('host'), ...text('memory'), 0x02, 0x00, 0x00]]),
    ...section(
      3,
      functions.map((_, i) => unsignedLeb(i)),
    ),
    ...section(
      7,
      functions.map((f, i) => [...text(f.name), 0x00, ...unsignedLeb(i)]),
    ),
    ...section(
      10,
      functions.map((f) => f.encode()),
    ),
  ]);
}
