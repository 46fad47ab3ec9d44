import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { LONE_NODE_MODULE_FILE } from '../nodes/node-module-file.js';
import type { Module, SaveModuleOptions } from './module.js';
import { MODULE_FORMATS } from './module-formats.js';

const FILE = 'module.json';

/** What {@link loadModule} can be told. */
export interface LoadModuleOptions {
  /** Network of a module of nodes whose file keeps none, as earlier versions wrote them. It stays the caller's. */
  readonly network?: tf.LayersModel;
}

/**
 * Saves a module of any kind into a folder: `module.json`, which comes last, so that a folder with it is complete, and beside it what
 * the module is made of. A module of nodes is masks on a network; this is kept once, beside the folder, as `network-…`, named after its
 * digest, for all modules of it that are saved there.
 * @returns the path of module.json, for `loadModule`
 * @throws ModelError when the folder holds a module already and `overwrite` is not set, or cannot be written
 * @example
 * const file = await saveModule(modules['circle'], 'out/modules/circle', { overwrite: true });
 * const again = await loadModule(file);
 */
export function saveModule(module: Module, folder: string, options: SaveModuleOptions = {}): Promise<string> {
  return module.save(folder, options);
}

/**
 * Loads what {@link saveModule} wrote, of any kind: the `format` line of the description says which. Modules of one network share it.
 * @param file path of module.json, or of the folder that holds it
 * @returns a module that the caller disposes
 * @throws ModelError naming the file and what is wrong with it
 * @example
 * const circle = await loadModule('out/modules/circle');
 */
export async function loadModule(file: string, options: LoadModuleOptions = {}): Promise<Module> {
  const target = descriptionOf(file);
  const json = readDescription(target);
  const format = typeof json?.['format'] === 'string' ? json['format'] : undefined;
  if (!json || format === undefined || !Object.hasOwn(MODULE_FORMATS, format)) {
    const known = Object.keys(MODULE_FORMATS).map((name) => `'${name}'`);
    throw new ModelError(
      `${target}: expected format ${known.join(' or ')}, found ${JSON.stringify(json?.['format'] ?? json).slice(0, 80)}.`,
    );
  }
  return MODULE_FORMATS[format](target, json, options);
}

function descriptionOf(file: string): string {
  const names = [FILE, LONE_NODE_MODULE_FILE];
  if (names.includes(path.basename(file))) return file;
  const found = names.find((name) => fs.existsSync(path.join(file, name)));
  return path.join(file, found ?? FILE);
}

function readDescription(file: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>> | null;
  } catch (cause) {
    throw new ModelError(`${file}: cannot be read as a module (${(cause as Error).message}).`, { cause });
  }
}
