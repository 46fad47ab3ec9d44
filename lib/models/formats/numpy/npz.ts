import { ModelError } from '../../../errors.js';
import { readModelFile } from '../model-file.js';
import { elementCount, halfToFloat, ownBuffer, permuteAxes, type NamedTensor } from '../named-tensor.js';
import { readZipEntries } from '../zip-entries.js';

const READERS: Record<string, { bytes: number; read: (buffer: ArrayBuffer) => NamedTensor['values'] }> = {
  '<f2': { bytes: 2, read: (buffer) => halfToFloat(new Uint16Array(buffer)) },
  '<f4': { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  '<f8': { bytes: 8, read: (buffer) => new Float64Array(buffer) },
  '<i4': { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  '<i8': { bytes: 8, read: (buffer) => new BigInt64Array(buffer) },
};

/** Reads numpy's .npz, as `np.savez` and `np.savez_compressed` write it; tensors by array name. @throws ModelError */
export const readNpz = (path: string): Map<string, NamedTensor> => parseNpz(readModelFile(path), path);

/** Reads the bytes of an .npz file. @param file name for messages @throws ModelError */
export function parseNpz(bytes: Buffer, file: string): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, content] of readZipEntries(bytes, file)) {
    const array = name.replace(/\.npy$/, '');
    tensors.set(array, parseNpy(content, `${file}: array '${array}'`));
  }
  return tensors;
}

function parseNpy(bytes: Buffer, what: string): NamedTensor {
  const fail = (message: string): never => {
    throw new ModelError(`${what}: ${message}`);
  };
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') {
    fail(`expected an .npy array, got the bytes ${bytes.subarray(0, 6).toString('hex')}.`);
  }
  const wide = bytes[6] >= 2;
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('latin1', wide ? 12 : 10, start);
  const dtype = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || sizes === undefined) {
    return fail(`expected a header with descr, fortran_order and shape, got "${header.trim().slice(0, 80)}".`);
  }
  const reader = Object.hasOwn(READERS, dtype) ? READERS[dtype] : undefined;
  if (!reader) return fail(`expected number type ${Object.keys(READERS).join(', ')}, got ${dtype}.`);
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const expected = elementCount(shape) * reader.bytes;
  if (bytes.length - start !== expected) {
    fail(`${dtype} [${shape.join(', ')}] takes ${expected} bytes, got ${bytes.length - start}.`);
  }
  const values = reader.read(ownBuffer(bytes.subarray(start)));
  const reversed = shape.map((_, i) => shape.length - 1 - i);
  return {
    dtype,
    shape,
    values: order === 'True' ? permuteAxes(values, [...shape].reverse(), reversed) : values,
  };
}
