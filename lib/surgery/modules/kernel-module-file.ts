import fs from 'node:fs';
import path from 'node:path';
import { DataError, ModelError } from '../../errors.js';
import { isObject } from '../../models/formats/model-file.js';
import { loadModel } from '../../models/load-model.js';
import { saveModel } from '../../models/save-model.js';
import { writeFileAtomically } from '../../run/write-file.js';
import {
  keptCounts,
  type KernelSelection,
  type KernelSelectionJson,
  selectionFromJSON,
  selectionToJSON,
} from '../trace/kernel-selection.js';
import type { KernelModuleParts, KernelModuleProvenance } from './kernel-module-parts.js';
import type { SaveModuleOptions } from './module.js';

/** Format line of the description of a module of kernels. */
export const KERNEL_MODULE_FORMAT = 'modulab module 1';

interface ModuleJson {
  format: typeof KERNEL_MODULE_FORMAT;
  targetClass: string;
  classIndex: number;
  classNames: string[];
  selection: KernelSelectionJson;
  provenance: KernelModuleProvenance;
  /** Whether there is a head in the folder `head`; absent in files of modules without one. */
  head?: boolean;
}

/**
 * Writes a module of kernels into a folder: its compact model as `saveModel` does, its head, if it has one, in the folder `head` in
 * it, and `module.json` with the rest. `module.json` comes last, so that a folder with it is complete.
 * @returns the path of module.json
 * @throws ModelError when the folder holds a module already and `overwrite` is not set, or cannot be written
 */
export async function writeKernelModule(
  module: KernelModuleParts,
  folder: string,
  { overwrite = false }: SaveModuleOptions = {},
): Promise<string> {
  const target = path.join(folder, 'module.json');
  if (!overwrite && fs.existsSync(target)) {
    throw new ModelError(`${target}: there is a module already; choose another folder or pass { overwrite: true }.`);
  }
  if (overwrite) fs.rmSync(target, { force: true });
  await saveModel(module.model, folder, { overwrite, classNames: module.classNames });
  if (module.head) await saveModel(module.head, path.join(folder, 'head'), { overwrite });
  const json: ModuleJson = {
    format: KERNEL_MODULE_FORMAT,
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
 * What {@link writeKernelModule} wrote.
 * @param target path of module.json
 * @param description what is in it
 * @throws ModelError naming the file and what is wrong with it
 */
export async function readKernelModule(
  target: string,
  description: Readonly<Record<string, unknown>>,
): Promise<KernelModuleParts> {
  const json = checked(target, description);
  const { targetClass, classIndex, classNames, provenance } = json;
  if (classNames[classIndex] !== targetClass) {
    throw new ModelError(
      `${target}: classIndex ${classIndex} is '${classNames[classIndex]}', not the target class '${targetClass}'.`,
    );
  }
  const selection = readSelection(target, json.selection);
  const { model } = await loadModel(path.join(path.dirname(target), 'model.json'), { twoClasses: false });
  const module = { targetClass, classIndex, classNames, selection, model, provenance };
  try {
    requireOwnModel(target, module);
    if (!json.head) return module;
    const { model: head } = await loadModel(path.join(path.dirname(target), 'head', 'model.json'), {
      twoClasses: false,
    });
    return { ...module, head };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function checked(file: string, json: Readonly<Record<string, unknown>>): ModuleJson {
  const need = (what: string, expected: string, value: unknown, isRight: boolean): void => {
    if (isRight) return;
    throw new ModelError(`${file}: expected ${what} to be ${expected}, found ${JSON.stringify(value)?.slice(0, 80)}.`);
  };
  const { classNames, classIndex, targetClass, provenance, head } = json;
  const areNames = Array.isArray(classNames) && classNames.every((name) => typeof name === 'string');
  need('classNames', Array.isArray(classNames) ? 'a list of names' : 'a list', classNames, areNames);
  need('targetClass', 'the name of a class', targetClass, typeof targetClass === 'string');
  need('classIndex', 'one of the classes', classIndex, Number.isInteger(classIndex) && (classNames as unknown[])[classIndex as number] !== undefined); // prettier-ignore
  need('head', 'true or absent', head, head === undefined || typeof head === 'boolean');
  need('provenance', 'an object', provenance, isObject(provenance));
  const { method, seed, options, keptRatio } = provenance as Readonly<Record<string, unknown>>;
  need('provenance.method', 'a name', method, typeof method === 'string');
  need('provenance.seed', 'a number', seed, typeof seed === 'number');
  need('provenance.options', 'an object', options, isObject(options));
  need('provenance.keptRatio', 'a number from 0 to 1', keptRatio, typeof keptRatio === 'number' && keptRatio >= 0 && keptRatio <= 1); // prettier-ignore
  return json as unknown as ModuleJson;
}

/** @throws ModelError where the model beside the description is of another module, or of none */
function requireOwnModel(file: string, { model, selection, classNames }: KernelModuleParts): void {
  const puts = model.outputs[0]?.shape.at(-1);
  const filters = new Map<string, number>();
  for (const layer of model.layers) {
    const { filters: own } = layer.getConfig();
    if (typeof own === 'number') filters.set(layer.name, own);
  }
  const other = Object.entries(keptCounts(selection)).find(
    ([layer, kept]) => filters.has(layer) && filters.get(layer) !== kept,
  );
  const reason = other
    ? `its layer '${other[0]}' has ${filters.get(other[0])} kernels, the selection keeps ${other[1]}`
    : puts !== classNames.length
      ? `it puts out ${puts} values for ${classNames.length} classes`
      : null;
  if (reason !== null) throw new ModelError(`${file}: the model beside it is that of another module: ${reason}.`);
}

function readSelection(file: string, json: unknown): KernelSelection {
  try {
    return selectionFromJSON(json);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new ModelError(`${file}: ${cause.message}`, { cause });
  }
}
