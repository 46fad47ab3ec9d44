import type * as H5WasmModule from 'h5wasm/node' with { 'resolution-mode': 'import' };
import { ModelError } from '../../../errors.js';
import { loadWeights } from '../../load-weights.js';
import { unpackedLimit } from '../../../run/unpacked-limit.js';
import { parseJsonObject } from '../model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from '../model-format.js';
import { modelFromTopology } from './model-topology.js';
import { elementCount, storedNumbers, type NamedTensor } from '../named-tensor.js';

type H5Wasm = typeof H5WasmModule;
type H5File = H5WasmModule.File;
let opened: Promise<H5Wasm> | undefined;

/** h5wasm is an ES module of 4 MB: loaded when the first .h5 file comes. */
function openH5Wasm(): Promise<H5Wasm> {
  opened ??= import('h5wasm/node').then(async (h5) => {
    (await h5.ready).activate_throwing_error_handler();
    return h5;
  });
  return opened;
}

const isHdf5 = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 8) === '\x89HDF\r\n\x1a\n';

/** Whole models in HDF5, as Keras 2 writes them. */
export const kerasH5: ModelFormat = {
  name: 'Keras HDF5',
  endings: ['.h5', '.hdf5'],
  recognises: ({ bytes }) => isHdf5(bytes),
  read: readKerasH5,
};

/**
 * Reads a whole model saved by Keras 2 (`model.save('x.h5')`): architecture from the `model_config` attribute, weights
 * from the group `model_weights`.
 * @throws ModelError naming the file: not HDF5, cut short, without architecture, unknown layer, misfit weights
 */
async function readKerasH5({ path, bytes }: ModelFile): Promise<ReadModel> {
  if (!isHdf5(bytes)) {
    throw new ModelError(`${path}: expected an HDF5 file, got the bytes ${bytes.subarray(0, 8).toString('hex')}.`);
  }
  const { topology, tensors } = await readKerasFile(path, bytes.length);
  const model = await modelFromTopology(topology, path, storedNumbers(tensors));
  try {
    loadWeights(model, tensors, { file: path });
  } catch (error) {
    model.dispose();
    throw error;
  }
  const notes = { format: 'Keras HDF5', writtenBy: null, dropped: [], changed: [] };
  return { network: model, normalisation: null, classNames: null, notes, files: [bytes] };
}

async function readKerasFile(
  path: string,
  fileBytes: number,
): Promise<{ topology: Record<string, unknown>; tensors: Map<string, NamedTensor> }> {
  const h5 = await openH5Wasm();
  let file: H5File | undefined;
  try {
    file = new h5.File(path, 'r');
    const config: unknown = file.attrs['model_config']?.value;
    if (typeof config !== 'string') {
      throw new ModelError(
        `${path}: expected a Keras model with an attribute model_config, found ${Object.keys(file.attrs).join(', ') || 'no attributes'}; ` +
          'save the whole model, not only its weights.',
      );
    }
    return {
      topology: parseJsonObject(config, `${path}: model_config`),
      tensors: readWeights(h5, file, path, fileBytes),
    };
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`${path}: damaged HDF5 file: ${hdf5Reason(cause)}.`, { cause });
  } finally {
    try {
      file?.close();
    } catch {
      // A damaged file may refuse to close; the first error says more.
    }
  }
}

function readWeights(h5: H5Wasm, file: H5File, path: string, fileBytes: number): Map<string, NamedTensor> {
  const group = (from: H5File | H5WasmModule.Group, name: string) => {
    const entity = from.get(name);
    if (!(entity instanceof h5.Group)) throw new ModelError(`${path}: expected a group '${name}', found none.`);
    return entity;
  };
  const names = (of: H5WasmModule.Group, attribute: string): string[] => {
    const value: unknown = of.attrs[attribute]?.value;
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
    if (
      of.attrs[attribute]?.shape?.[0] === 0 ||
      (value !== null && ArrayBuffer.isView(value) && value.byteLength === 0)
    )
      return [];
    throw new ModelError(`${path}: expected a list of names in the attribute ${attribute} of ${of.path}.`);
  };
  const tensors = new Map<string, NamedTensor>();
  const most = unpackedLimit(fileBytes);
  let claimed = 0;
  const root = group(file, 'model_weights');
  for (const layer of names(root, 'layer_names')) {
    const layerGroup = group(root, layer);
    for (const name of names(layerGroup, 'weight_names')) {
      const dataset = layerGroup.get(name);
      // A few bytes can stand for any number of zeros.
      if (
        dataset instanceof h5.Dataset &&
        (claimed += elementCount(dataset.shape ?? []) * dataset.metadata.size) > most
      ) {
        throw new ModelError(
          `${path}: weight '${name}' of layer ${layer}: expected at most ${most} bytes of weights in this file, got shape ` +
            `[${(dataset.shape ?? []).join(', ')}].`,
        );
      }
      const values: unknown = dataset instanceof h5.Dataset ? dataset.value : undefined;
      if (!(dataset instanceof h5.Dataset) || !(values instanceof Float32Array || values instanceof Float64Array)) {
        throw new ModelError(
          `${path}: weight '${name}' of layer ${layer}: expected an array of floating-point numbers.`,
        );
      }
      tensors.set(name.replace(/:0$/, ''), {
        dtype: values instanceof Float32Array ? 'float32' : 'float64',
        shape: dataset.shape ?? [],
        values,
      });
    }
  }
  return tensors;
}

/** The innermost reason in HDF5's error stack. */
function hdf5Reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reasons = [...text.matchAll(/#\d+:.*?\(\): (.*)/g)];
  return (reasons.at(-1)?.[1] ?? text).slice(0, 200);
}
