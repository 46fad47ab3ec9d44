/** For tests: a writer of pickles (protocol 2) as `torch.save` makes them. */
export class PickleWriter {
  readonly #parts: Buffer[] = [Buffer.from([0x80, 2])];

  op(...bytes: number[]): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    this.#parts.push(Buffer.from([0x58]), length, bytes);
    return this;
  }

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#parts.push(Buffer.from([0x4a]), bytes);
    return this;
  }

  global(module: string, name: string): this {
    this.#parts.push(Buffer.from(`c${module}\n${name}\n`));
    return this;
  }

  ints(values: readonly number[]): this {
    this.op(0x28);
    values.forEach((value) => this.int(value));
    return this.op(0x74);
  }

  /** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, False, OrderedDict()) */
  tensor(
    key: string,
    numbers: number,
    shape: readonly number[],
    strides: readonly number[],
    kind = 'FloatStorage',
  ): this {
    this.global('torch._utils', '_rebuild_tensor_v2').op(0x28).op(0x28).text('storage').global('torch', kind);
    this.text(key).text('cpu').int(numbers).op(0x74, 0x51); // TUPLE, BINPERSID
    this.int(0).ints(shape).ints(strides).op(0x89); // False
    this.global('collections', 'OrderedDict').op(0x29, 0x52); // (), REDUCE
    return this.op(0x74, 0x52); // TUPLE, REDUCE
  }

  finish(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.from([0x2e])]);
  }
}
