import fs from 'node:fs';
import path from 'node:path';
import { DataError, ModelError } from '../../errors.js';
import { loadModel } from '../../models/load-model.js';
import { saveModel } from '../../models/save-model.js';
import { writeFileAtomically } from '../../run/write-file.js';
import {
  selectionFromJSON,
  selectionToJSON,
  type KernelSelection,
  type KernelSelectionJson,
} from '../trace/kernel-selection.js';
import type { Module, ModuleProvenance } from './module.js';

interface ModuleJson {
  format: 'modulab module 1';
  targetClass: string;
  classIndex: number;
  classNames: string[];
  selection: KernelSelectionJson;
  provenance: ModuleProvenance;
  /** Whether there is a head in the folder `head`; absent in files of modules without one. */
  head?: boolean;
}

/**
 * Saves a module into a folder: its compact model as `saveModel` does, its head, if it has one, in the folder `head` in
 * it, and `module.json` with the rest. `module.json` comes last, so that a folder with it is complete.
 * @returns the path of module.json, for `loadModule`
 * @throws ModelError when the folder holds a model already and `overwrite` is not set, or cannot be written
 * @example
 * const file = await saveModule(modules['circle'], 'out/modules', { overwrite: true });
 * const again = await loadModule(file);
 */
export async function saveModule(
  module: Module,
  folder: string,
  options: { overwrite?: boolean } = {},
): Promise<string> {
  const target = path.join(folder, 'module.json');
  const { overwrite = false } = options;
  if (!overwrite && fs.existsSync(target)) {
    throw new ModelError(`${target}: there is a module already; choose another folder or pass { overwrite: true }.`);
  }
  if (overwrite) fs.rmSync(target, { force: true });
  await saveModel(module.model, folder, { overwrite, classNames: module.classNames });
  if (module.head) await saveModel(module.head, path.join(folder, 'head'), { overwrite });
  const json: ModuleJson = {
    format: 'modulab module 1',
    targetClass: module.targetClass,
    classIndex: module.classIndex,
    classNames: [...module.classNames],
    selection: selectionToJSON(module.selection),
    provenance: module.provenance,
    ...(module.head ? { head: true } : {}),
  };
  writeFileAtomically(target, JSON.stringify(json, null, 1) + '\n');
  return target;
}

/**
 * Loads what {@link saveModule} wrote.
 * @param file path of module.json, or of the folder that holds it
 * @throws ModelError naming the file and what is wrong with it
 * @example
 * const circle = await loadModule('out/modules/circle.json');
 */
export async function loadModule(file: string): Promise<Module> {
  const target = path.basename(file) === 'module.json' ? file : path.join(file, 'module.json');
  const json = readModuleJson(target);
  const { targetClass, classIndex, classNames, provenance } = json;
  if (classNames[classIndex] !== targetClass) {
    throw new ModelError(
      `${target}: classIndex ${classIndex} is '${classNames[classIndex]}', not the target class '${targetClass}'.`,
    );
  }
  const selection = readSelection(target, json.selection);
  const { model } = await loadModel(path.join(path.dirname(target), 'model.json'), { twoClasses: false });
  const module = { targetClass, classIndex, classNames, selection, model, provenance };
  if (!json.head) return module;
  try {
    const { model: head } = await loadModel(path.join(path.dirname(target), 'head', 'model.json'), {
      twoClasses: false,
    });
    return { ...module, head };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function readModuleJson(file: string): ModuleJson {
  let json: Partial<ModuleJson> | null;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<ModuleJson> | null;
  } catch (cause) {
    throw new ModelError(`${file}: cannot be read as a module (${(cause as Error).message}).`, { cause });
  }
  if (json?.format !== 'modulab module 1') {
    throw new ModelError(
      `${file}: expected format 'modulab module 1', found ${JSON.stringify(json?.format ?? json).slice(0, 80)}.`,
    );
  }
  if (!Array.isArray(json.classNames)) {
    throw new ModelError(`${file}: expected classNames to be a list, found ${JSON.stringify(json.classNames)}.`);
  }
  return json as ModuleJson;
}

function readSelection(file: string, json: unknown): KernelSelection {
  try {
    return selectionFromJSON(json);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new ModelError(`${file}: ${cause.message}`, { cause });
  }
}
