import fs from 'node:fs';
import path from 'node:path';
import { isObject, parseJsonObject, readModelFile } from '../model-file.js';

/** The JSON form of a model that lies beside its weights. */
export interface Architecture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly topology: Record<string, unknown>;
  /** Of Keras, where the file says so. */
  readonly version: string | null;
}

/** Whether a JSON object is what `model.to_json()` writes. */
export const isArchitecture = (json: Readonly<Record<string, unknown>>): boolean =>
  typeof json['class_name'] === 'string' && (isObject(json['config']) || Array.isArray(json['config']));

/**
 * The architecture beside a file of weights: a JSON file of its name (`x.json` for `x.weights.h5`), `model.json` or `config.json`.
 * Null where there is none.
 */
export function architectureBeside(weightFile: string): Architecture | null {
  const folder = path.dirname(weightFile);
  const stem = path.basename(weightFile).replace(/(\.weights)?\.(h5|hdf5)$/i, '');
  const stems = [stem, stem.replace(/[._-]?weights$/i, ''), 'model', 'config', 'architecture'];
  for (const name of new Set(stems.filter((one) => one !== '').map((one) => `${one}.json`))) {
    const file = path.join(folder, name);
    if (!fs.existsSync(file)) continue;
    const bytes = readModelFile(file);
    const topology = parseJsonObject(bytes.toString('utf8'), file);
    if (!isArchitecture(topology)) continue;
    return { name, bytes, topology, version: versionBeside(folder, topology) };
  }
  return null;
}

/** Keras 3 keeps its version in `metadata.json`, Keras 2 in the architecture. */
export function versionBeside(folder: string, topology: Readonly<Record<string, unknown>>): string | null {
  if (typeof topology['keras_version'] === 'string') return topology['keras_version'];
  const file = path.join(folder, 'metadata.json');
  if (!fs.existsSync(file)) return null;
  try {
    const metadata: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isObject(metadata) && typeof metadata['keras_version'] === 'string' ? metadata['keras_version'] : null;
  } catch {
    return null; // of another program, or damaged: it says nothing that is needed
  }
}
