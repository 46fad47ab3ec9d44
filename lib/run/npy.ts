import { halfToFloat } from './half-float.js';

/** An array of numpy's .npy format, row by row. */
export interface NpyArray {
  /** As the file says it: `|u1`, `<f4`, `<U8`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: NpyValues;
}

export type NpyValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[];

interface NumberType {
  readonly bytes: number;
  read(buffer: ArrayBuffer): Exclude<NpyValues, readonly string[]>;
}

const NUMBERS: Readonly<Record<string, NumberType>> = {
  b1: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  u1: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  i1: { bytes: 1, read: (buffer) => new Int8Array(buffer) },
  u2: { bytes: 2, read: (buffer) => new Uint16Array(buffer) },
  i2: { bytes: 2, read: (buffer) => new Int16Array(buffer) },
  u4: { bytes: 4, read: (buffer) => new Uint32Array(buffer) },
  i4: { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  u8: { bytes: 8, read: (buffer) => new BigUint64Array(buffer) },
  i8: { bytes: 8, read: (buffer) => new BigInt64Array(buffer) },
  f2: { bytes: 2, read: (buffer) => halfToFloat(new Uint16Array(buffer)) },
  f4: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, read: (buffer) => new Float64Array(buffer) },
};

/** Whether bytes begin as an .npy file does. */
export const isNpy = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 6) === '\x93NUMPY';

/**
 * Reads an .npy file of numbers or short texts. Nothing is allocated that the file does not fill.
 * @throws Error that says what is wrong, for the caller to put the file's name in front
 */
export function parseNpy(bytes: Buffer): NpyArray {
  if (bytes.length < 12 || !isNpy(bytes)) {
    throw new Error(`expected an .npy array, got the bytes ${bytes.subarray(0, 6).toString('hex') || 'none'}`);
  }
  const wide = bytes.readUInt8(6) >= 2;
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  if (start > bytes.length) throw new Error('it is cut short');
  const header = bytes.toString('latin1', wide ? 12 : 10, start);
  const dtype = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || sizes === undefined) {
    throw new Error(`expected a header with descr, fortran_order and shape, got "${header.trim().slice(0, 80)}"`);
  }
  const [, byteOrder, kind] = /^([<>|=])([a-zA-Z]\d*)$/.exec(dtype) ?? [];
  if (kind === undefined) throw new Error(`expected numbers or texts, got ${dtype}`);
  if (kind.startsWith('O'))
    throw new Error('holds Python objects (a pickle), which are not opened; save it as an array of numbers');
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  const text = /^[US]\d+$/.test(kind);
  const type = Object.hasOwn(NUMBERS, kind) ? NUMBERS[kind] : undefined;
  if (!text && !type) throw new Error(`expected number type ${Object.keys(NUMBERS).join(', ')}, got ${dtype}`);
  const size = type?.bytes ?? Number(kind.slice(1)) * (kind.startsWith('U') ? 4 : 1);
  if (bytes.length - start !== count * size) {
    throw new Error(`${dtype} [${shape.join(', ')}] takes ${count * size} bytes, got ${bytes.length - start}`);
  }
  const content = Buffer.from(bytes.subarray(start));
  if (byteOrder === '>' && size > 1) swap(content, text ? (kind.startsWith('U') ? 4 : 1) : size);
  const own = content.buffer.slice(content.byteOffset, content.byteOffset + content.length);
  const values = type ? type.read(own) : texts(content, count, size, kind.startsWith('U'));
  return { dtype, shape, values: order === 'True' ? rowByRow(values, shape) : values };
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}

function texts(content: Buffer, count: number, size: number, wide: boolean): string[] {
  return Array.from({ length: count }, (_, i) => {
    const one = content.subarray(i * size, (i + 1) * size);
    if (!wide) return one.toString('utf8').replace(/\0+$/, '');
    const points = Array.from({ length: size / 4 }, (_, k) => one.readUInt32LE(4 * k));
    return points.filter((point) => point > 0 && point <= 0x10ffff).map((point) => String.fromCodePoint(point)).join(''); // prettier-ignore
  });
}

/** Values that lie column by column, first axis fastest, row by row. */
function rowByRow(values: NpyValues, shape: readonly number[]): NpyValues {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  const index = new Array<number>(shape.length).fill(0);
  const out = values.slice() as unknown[];
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out as unknown as NpyValues;
}
