import { ModelError } from '../../../errors.js';
import { parseNpy } from '../../../run/npy.js';
import { readModelFile } from '../model-file.js';
import type { NamedTensor } from '../named-tensor.js';
import { readZipEntries } from '../zip-entries.js';

const WEIGHT_TYPES = ['<f2', '<f4', '<f8', '<i4', '<i8'];

/** Reads numpy's .npz, as `np.savez` and `np.savez_compressed` write it; tensors by array name. @throws ModelError */
export const readNpz = (path: string): Map<string, NamedTensor> => parseNpz(readModelFile(path), path);

/** Reads the bytes of an .npz file. @param file name for messages @throws ModelError */
export function parseNpz(bytes: Buffer, file: string): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, content] of readZipEntries(bytes, file)) {
    const array = name.replace(/\.npy$/, '');
    tensors.set(array, weightsOf(content, `${file}: array '${array}'`));
  }
  return tensors;
}

function weightsOf(bytes: Buffer, what: string): NamedTensor {
  let array;
  try {
    array = parseNpy(bytes);
  } catch (cause) {
    throw new ModelError(`${what}: ${(cause as Error).message}.`, { cause });
  }
  const { dtype, shape, values } = array;
  if (!WEIGHT_TYPES.includes(dtype)) {
    throw new ModelError(`${what}: expected number type ${WEIGHT_TYPES.join(', ')}, got ${dtype}.`);
  }
  return { dtype, shape, values: values as NamedTensor['values'] };
}
