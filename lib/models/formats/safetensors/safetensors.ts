import { ModelError } from '../../../errors.js';
import { halfToFloat } from '../../../run/half-float.js';
import { isObject, parseJsonObject, readModelFile } from '../model-file.js';
import { bfloat16ToFloat, elementCount, type NamedTensor, ownBuffer } from '../named-tensor.js';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  tensors: Map<string, NamedTensor>;
  /** The file's `__metadata__`: free text by name. */
  metadata: Record<string, string>;
}

const READERS: Record<string, { bytes: number; read: (buffer: ArrayBuffer) => NamedTensor['values'] }> = {
  F16: { bytes: 2, read: (buffer) => halfToFloat(new Uint16Array(buffer)) },
  BF16: { bytes: 2, read: (buffer) => bfloat16ToFloat(new Uint16Array(buffer)) },
  F32: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  F64: { bytes: 8, read: (buffer) => new Float64Array(buffer) },
  I32: { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  I64: { bytes: 8, read: (buffer) => new BigInt64Array(buffer) },
  U8: { bytes: 1, read: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
  BOOL: { bytes: 1, read: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
};

/** Reads a safetensors file (number types F16, BF16, F32, F64, I32, I64, U8, BOOL). @throws ModelError */
export const readSafetensors = (path: string): SafetensorsFile => parseSafetensors(readModelFile(path), path);

/**
 * Reads the bytes of a safetensors file: the header's length (8 bytes, little-endian), the JSON header, the data, which
 * the tensors must cover without gap or overlap.
 * @param file name for messages
 * @throws ModelError naming the file, the tensor, what was expected and what was found
 */
export function parseSafetensors(bytes: Buffer, file: string): SafetensorsFile {
  const fail = (message: string): never => {
    throw new ModelError(`${file}: ${message}`);
  };
  if (bytes.length < 8)
    fail(`expected a safetensors file, got ${bytes.length} bytes, too few for its 8-byte header length.`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > bytes.length - 8) {
    fail(
      `expected a safetensors file, but its header length of ${headerLength} bytes exceeds the ${bytes.length - 8} bytes ` +
        `that follow (first bytes ${bytes.subarray(0, 8).toString('hex')}); it is cut short or of another format.`,
    );
  }
  const header = parseJsonObject(bytes.toString('utf8', 8, 8 + headerLength), `${file}: safetensors header`);
  const data = bytes.subarray(8 + headerLength);
  const { __metadata__: rawMetadata = {}, ...entries } = header;
  if (!isObject(rawMetadata) || Object.values(rawMetadata).some((value) => typeof value !== 'string')) {
    fail('__metadata__ in the header: expected an object of texts.');
  }

  const spans: { name: string; begin: number; end: number; read: () => NamedTensor }[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : ({} as Record<string, unknown>);
    if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
      return fail(
        `tensor '${name}': expected dtype, shape and data_offsets, got ${JSON.stringify(entry).slice(0, 120)}.`,
      );
    }
    const reader = Object.hasOwn(READERS, dtype) ? READERS[dtype] : undefined;
    if (!reader)
      return fail(`tensor '${name}': expected number type ${Object.keys(READERS).join(', ')}, got ${dtype}.`);
    const [begin, end] = offsets;
    const expected = elementCount(shape) * reader.bytes;
    if (end - begin !== expected) {
      fail(
        `tensor '${name}': ${dtype} [${shape.join(', ')}] takes ${expected} bytes, data_offsets [${begin}, ${end}] give ${end - begin}.`,
      );
    }
    if (end > data.length) {
      fail(
        `tensor '${name}': ends at byte ${end}, but there are only ${data.length} bytes of data; the file is cut short.`,
      );
    }
    const read = () => ({ dtype, shape, values: reader.read(ownBuffer(data.subarray(begin, end))) });
    spans.push({ name, begin, end, read });
  }

  const inOrder = [...spans].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin !== covered) {
      fail(`tensor '${name}': expected its data at byte ${covered}, where the tensor before it ends, got ${begin}.`);
    }
    covered = end;
  }
  if (covered !== data.length) fail(`expected ${covered} bytes of data after the header, got ${data.length}.`);
  // Only now: tensors on top of each other would take more memory than the file.
  const tensors = new Map(spans.map(({ name, read }) => [name, read()]));
  return { tensors, metadata: rawMetadata as Record<string, string> };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
