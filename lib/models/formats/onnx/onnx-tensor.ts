import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../../errors.js';
import { halfToFloat } from '../../../run/half-float.js';
import { bfloat16ToFloat, elementCount, ownBuffer } from '../named-tensor.js';
import type { OnnxTensorProto } from './onnx-schema.js';

/** A tensor whose numbers are known: a weight, or what was computed from weights and shapes. */
export interface Constant {
  readonly kind: 'constant';
  /** The name it has in the file, for layer names and messages. */
  readonly name: string;
  /** Integers and truth values are held as float64, exact up to 2^53. */
  readonly type: 'float' | 'integer' | 'boolean';
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

interface NumberType {
  readonly name: string;
  readonly type: Constant['type'];
  readonly bytes: number;
  readonly read: (buffer: ArrayBuffer) => ArrayLike<number>;
}

const big = (list: BigInt64Array | BigUint64Array) => Float64Array.from(list, Number);
const NUMBER_TYPES: Readonly<Record<number, NumberType>> = {
  1: { name: 'float', type: 'float', bytes: 4, read: (b) => new Float32Array(b) },
  2: { name: 'uint8', type: 'integer', bytes: 1, read: (b) => new Uint8Array(b) },
  3: { name: 'int8', type: 'integer', bytes: 1, read: (b) => new Int8Array(b) },
  5: { name: 'int16', type: 'integer', bytes: 2, read: (b) => new Int16Array(b) },
  6: { name: 'int32', type: 'integer', bytes: 4, read: (b) => new Int32Array(b) },
  7: { name: 'int64', type: 'integer', bytes: 8, read: (b) => big(new BigInt64Array(b)) },
  9: { name: 'bool', type: 'boolean', bytes: 1, read: (b) => new Uint8Array(b) },
  10: { name: 'float16', type: 'float', bytes: 2, read: (b) => halfToFloat(new Uint16Array(b)) },
  11: { name: 'double', type: 'float', bytes: 8, read: (b) => new Float64Array(b) },
  13: { name: 'uint64', type: 'integer', bytes: 8, read: (b) => big(new BigUint64Array(b)) },
  16: { name: 'bfloat16', type: 'float', bytes: 2, read: (b) => bfloat16ToFloat(new Uint16Array(b)) },
};

/** A constant of the given numbers. */
export function constant(
  name: string,
  type: Constant['type'],
  shape: readonly number[],
  values: ArrayLike<number>,
): Constant {
  const held = type === 'float' ? toFloat32(values) : Float64Array.from(values);
  return { kind: 'constant', name, type, shape, values: held };
}

const toFloat32 = (values: ArrayLike<number>) => (values instanceof Float32Array ? values : Float32Array.from(values));

/** Files that hold tensors' data beside an .onnx file, read once each. */
export class ExternalData {
  readonly #folder: string;
  readonly #files = new Map<string, Buffer>();

  constructor(private readonly onnxFile: string) {
    this.#folder = path.dirname(onnxFile);
  }

  /** Contents of the files that were needed, in the order of their first use. */
  get contents(): readonly Buffer[] {
    return [...this.#files.values()];
  }

  /** @throws ModelError when the place is outside the folder, missing or too short */
  read(tensor: OnnxTensorProto, length: number): Uint8Array {
    const where = `${this.onnxFile}: tensor '${tensor.name}'`;
    const location = tensor.external?.get('location') ?? '';
    const target = path.resolve(this.#folder, location);
    if (location === '' || path.isAbsolute(location) || path.relative(this.#folder, target).startsWith('..')) {
      throw new ModelError(`${where}: expected its data in a file beside the .onnx file, got the place '${location}'.`);
    }
    let bytes = this.#files.get(target);
    if (!bytes) {
      try {
        bytes = fs.readFileSync(target);
      } catch (cause) {
        throw new ModelError(
          `${where}: its numbers are in '${location}', which cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); ` +
            `the .onnx file and this file belong in the same folder.`,
          { cause },
        );
      }
      this.#files.set(target, bytes);
    }
    const offset = Number(tensor.external?.get('offset') ?? 0);
    const stated = Number(tensor.external?.get('length') ?? length);
    if (!Number.isSafeInteger(offset) || offset < 0 || stated !== length || offset + length > bytes.length) {
      throw new ModelError(
        `${where}: expected ${length} bytes at ${offset} of '${location}', which has ${bytes.length}` +
          `${stated === length ? '' : `; the file says ${stated}`}.`,
      );
    }
    return bytes.subarray(offset, offset + length);
  }
}

/** The numbers of a TensorProto. @param file for messages @throws ModelError */
export function readTensor(tensor: OnnxTensorProto, external: ExternalData, file: string): Constant {
  const { name, dims, dataType } = tensor;
  const fail = (message: string): never => {
    throw new ModelError(`${file}: tensor '${name}': ${message}`);
  };
  const numbers = Object.hasOwn(NUMBER_TYPES, dataType) ? NUMBER_TYPES[dataType] : undefined;
  if (!numbers) return fail(`expected floating-point numbers or integers, got ONNX's type ${dataType}.`);
  const count = elementCount(dims);
  if (dims.some((n) => !Number.isSafeInteger(n) || n < 0) || !Number.isSafeInteger(count)) {
    fail(`expected sizes from 0 on, got [${dims.join(', ')}].`);
  }
  const bytes = tensor.external ? external.read(tensor, count * numbers.bytes) : tensor.raw;
  const shape = dims;
  if (bytes) {
    if (bytes.length !== count * numbers.bytes) {
      fail(`${numbers.name} [${shape.join(', ')}] takes ${count * numbers.bytes} bytes, got ${bytes.length}.`);
    }
    return constant(name, numbers.type, shape, numbers.read(ownBuffer(bytes)));
  }
  let values: ArrayLike<number> = tensor.floats ?? tensor.doubles ?? tensor.ints;
  if (numbers.name === 'float16') values = halfToFloat(Uint16Array.from(tensor.ints));
  if (numbers.name === 'bfloat16') values = bfloat16ToFloat(Uint16Array.from(tensor.ints));
  if (values.length !== count) fail(`[${shape.join(', ')}] are ${count} numbers, got ${values.length}.`);
  return constant(name, numbers.type, shape, values);
}
