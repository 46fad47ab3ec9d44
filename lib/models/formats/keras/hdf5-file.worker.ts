import { parentPort, workerData } from 'node:worker_threads';
import type * as H5WasmModule from 'h5wasm/node' with { 'resolution-mode': 'import' };
import { ModelError } from '../../../errors.js';
import { halfToFloat } from '../../../run/half-float.js';
import { elementCount, type NamedTensor, ownBuffer } from '../named-tensor.js';
import type { Hdf5Answer, Hdf5Content, Hdf5Question } from './hdf5-file.js';

type H5Wasm = typeof H5WasmModule;
type H5Module = Awaited<H5Wasm['ready']>;

/** Keras nests a group per model and layer; a file with more levels links to itself or was made to. */
const MOST_LEVELS = 64;
const MOST_ENTRIES = 200_000;

void (async () => {
  const h5 = await import('h5wasm/node');
  const module = await h5.ready;
  module.activate_throwing_error_handler();
  const answer = answerTo(workerData as Hdf5Question, h5, module);
  const buffers = 'content' in answer ? [...answer.content.arrays.values()].map(({ values }) => values.buffer) : [];
  parentPort?.postMessage(answer, [...new Set(buffers)] as ArrayBuffer[]);
})();

function answerTo({ copy, file, most }: Hdf5Question, h5: H5Wasm, module: H5Module): Hdf5Answer {
  try {
    return { content: readAll(h5, module, new h5.File(copy, 'r'), file, most) };
  } catch (cause) {
    return cause instanceof ModelError ? { refusal: cause.message } : { damage: hdf5Reason(cause) };
  }
}

function readAll(h5: H5Wasm, module: H5Module, root: H5WasmModule.File, file: string, most: number): Hdf5Content {
  const attributes = new Map<string, Map<string, string | string[]>>();
  const arrays = new Map<string, NamedTensor>();
  let entries = 0;
  let claimed = 0;
  const visit = (group: H5WasmModule.Group, at: string, level: number): void => {
    if (level > MOST_LEVELS) throw new ModelError(`${file}: more than ${MOST_LEVELS} groups inside each other.`);
    attributes.set(at, textAttributes(group));
    for (const key of group.keys()) {
      if (++entries > MOST_ENTRIES) throw new ModelError(`${file}: expected at most ${MOST_ENTRIES} entries.`);
      const name = at === '' ? key : `${at}/${key}`;
      const entity = group.get(key);
      if (entity instanceof h5.Group) visit(entity, name, level + 1);
      else if (entity instanceof h5.Dataset) {
        const shape = entity.shape ?? [];
        // A few bytes can stand for any number of zeros.
        if ((claimed += elementCount(shape) * entity.metadata.size) > most) {
          throw new ModelError(
            `${file}: array '${name}': expected at most ${most} bytes of arrays in this file, got shape [${shape.join(', ')}].`,
          );
        }
        const tensor = readArray(module, entity, shape);
        if (tensor) arrays.set(name, { ...tensor, values: alone(tensor.values) });
      }
    }
  };
  visit(root, '', 0);
  return { attributes, arrays };
}

/** Values in a buffer of their own, which can go to the other thread as it is. */
const alone = (values: NamedTensor['values']): NamedTensor['values'] =>
  values.byteLength === values.buffer.byteLength ? values : values.slice();

/** Null for what is no array of numbers. */
function readArray(module: H5Module, dataset: H5WasmModule.Dataset, shape: readonly number[]): NamedTensor | null {
  const { type, size } = dataset.metadata;
  const isFloat = type === module.H5T_class_t.H5T_FLOAT.value;
  if (isFloat && size === 2) return { dtype: 'float16', shape, values: readHalf(module, dataset, elementCount(shape)) };
  const value: unknown = dataset.value;
  const values = typeof value === 'number' ? (isFloat ? Float64Array.of(value) : Int32Array.of(value)) : value;
  if (values instanceof Float32Array) return { dtype: 'float32', shape, values };
  if (values instanceof Float64Array) return { dtype: 'float64', shape, values };
  if (values instanceof BigInt64Array) return { dtype: 'int64', shape, values };
  if (typeof value === 'bigint') return { dtype: 'int64', shape, values: BigInt64Array.of(value) };
  if (values instanceof Int32Array) return { dtype: 'int32', shape, values };
  if (values instanceof Int8Array || values instanceof Uint8Array || values instanceof Int16Array) {
    return { dtype: `${dataset.dtype as string}`, shape, values: Int32Array.from(values) };
  }
  return null;
}

/** The library hands out single and double precision only; the bytes it reads are there all the same. */
function readHalf(module: H5Module, dataset: H5WasmModule.Dataset, count: number): Float32Array {
  if (count === 0) return new Float32Array(0);
  const at = module._malloc(2 * count);
  try {
    module.get_dataset_data(dataset.file_id, dataset.path, null, null, null, BigInt(at));
    return halfToFloat(new Uint16Array(ownBuffer(module.HEAPU8.subarray(at, at + 2 * count))));
  } finally {
    module._free(at);
  }
}

function textAttributes(group: H5WasmModule.Group): Map<string, string | string[]> {
  const texts = new Map<string, string | string[]>();
  for (const [name, attribute] of Object.entries(group.attrs)) {
    const value: unknown = attribute?.value;
    if (typeof value === 'string') texts.set(name, value);
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) texts.set(name, value);
    // Without names numpy has no texts and writes an empty array of numbers.
    else if (attribute?.shape?.[0] === 0 || (ArrayBuffer.isView(value) && value.byteLength === 0)) texts.set(name, []);
  }
  return texts;
}

/** The innermost reason in HDF5's error stack. */
function hdf5Reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reasons = [...text.matchAll(/#\d+:.*?\(\): (.*)/g)];
  return (reasons.at(-1)?.[1] ?? text).slice(0, 200);
}
