import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../errors.js';
import { isObject, parseJsonObject, readModelFile } from '../../models/formats/model-file.js';
import { writeFileAtomically } from '../../run/write-file.js';
import type * as tf from '../../tf.js';
import { type Bitset, fullBitset, isSubset } from '../graph/bitset.js';
import type { SaveModuleOptions } from '../modules/module.js';
import { requireModel } from './module-margins.js';
import { type NetworkReference, writeNetwork } from './network-file.js';
import type { NodeModuleParts } from './node-module-parts.js';

/** Format line of the description of a module of nodes. */
export const NODE_MODULE_FORMAT = 'modulab node module 1';
/** The same as earlier versions wrote it, into a file of this name: without the network. */
export const LONE_NODE_MODULE_FORMAT = 'modulab decomposed module 1';
export const LONE_NODE_MODULE_FILE = 'decomposed-module.json';
const FILE = 'module.json';

interface MaskJson {
  kind: 'conv' | 'add' | 'dense';
  layer: string;
  shape: number[];
}

interface ModuleJson extends Pick<NodeModuleParts, 'modelId' | 'classIndex' | 'classNames' | 'provenance'> {
  format: typeof NODE_MODULE_FORMAT | typeof LONE_NODE_MODULE_FORMAT;
  features: number;
  /** In the order of their bits in the data file. */
  masks: MaskJson[];
  /** The data file: outW and outB as float32, little-endian, then each mask's bits, rounded up to bytes. */
  data: { file: string; sha256: string };
  /** Missing in the older format. */
  network?: NetworkReference;
}

/**
 * Writes a module of nodes into a folder: a description, one file of masks and output weights, named after its digest, and beside the
 * folder the network. The description comes last, so that a folder with it is complete.
 * @returns the path of the description
 * @throws ModelError when the folder holds a module already and `overwrite` is not set, or cannot be written
 */
export async function writeNodeModule(
  module: NodeModuleParts,
  model: tf.LayersModel,
  folder: string,
  options: SaveModuleOptions = {},
): Promise<string> {
  const target = path.join(folder, FILE);
  if (!options.overwrite && fs.existsSync(target)) {
    throw new ModelError(`${target}: there is a module already; choose another folder or pass { overwrite: true }.`);
  }
  requireModel(model, module);
  const masks = [
    ...module.convMasks.map((mask) => ({ ...mask, kind: 'conv' as const })),
    ...module.addMasks.map((mask) => ({ ...mask, kind: 'add' as const })),
    ...module.denseMasks.map((mask) => ({ ...mask, shape: [mask.inactive.length], kind: 'dense' as const })),
  ];
  const floats = [module.outW, module.outB].map((f) => Buffer.from(f.buffer, f.byteOffset, f.byteLength));
  const data = Buffer.concat([...floats, ...masks.map(({ inactive }) => inactive.bytes)]);
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = `nodes-${sha256.slice(0, 16)}.bin`;
  const network = await writeNetwork(model, folder, module.modelId);
  const json: ModuleJson = {
    format: NODE_MODULE_FORMAT,
    modelId: module.modelId,
    classIndex: module.classIndex,
    classNames: [...module.classNames],
    provenance: module.provenance,
    features: module.outW.length / 2,
    masks: masks.map(({ kind, layer, shape }) => ({ kind, layer, shape: [...shape] })),
    data: { file, sha256 },
    network,
  };
  const before = options.overwrite ? dataFileOf(target) : null;
  try {
    writeFileAtomically(path.join(folder, file), data);
    writeFileAtomically(target, JSON.stringify(json, null, 1) + '\n');
    if (before !== null && before !== file) fs.rmSync(path.join(folder, before), { force: true });
  } catch (cause) {
    throw new ModelError(`${target}: cannot be written (${(cause as Error).message}).`, { cause });
  }
  return target;
}

/** A module of nodes as its file has it. */
export interface NodeModuleFile {
  readonly parts: NodeModuleParts;
  /** Undefined in the older format. */
  readonly network: NetworkReference | undefined;
}

/**
 * What {@link writeNodeModule} wrote, here or in earlier versions.
 * @param target path of the description
 * @param description what is in it
 * @throws ModelError naming the file and what is wrong with it
 */
export function readNodeModule(target: string, description: Readonly<Record<string, unknown>>): NodeModuleFile {
  const json = checked(target, description);
  const dataFile = path.join(path.dirname(target), json.data.file);
  const data = readModelFile(dataFile);
  const sha256 = createHash('sha256').update(data).digest('hex');
  const sizes = json.masks.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const floats = 2 * json.features + 2;
  const length = sizes.reduce((sum, size) => sum + Math.ceil(size / 8), 4 * floats);
  if (sha256 !== json.data.sha256 || data.length !== length) {
    throw new ModelError(
      `${dataFile}: expected ${length} bytes of digest ${json.data.sha256.slice(0, 12)}…, found ${data.length} of ${sha256.slice(0, 12)}….`,
    );
  }
  const values = new Float32Array(floats);
  Buffer.from(values.buffer).set(data.subarray(0, 4 * floats));
  let offset = 4 * floats;
  const masks = json.masks.map(({ kind, layer, shape }, i) => {
    const bytes = Uint8Array.from(data.subarray(offset, (offset += Math.ceil(sizes[i] / 8))));
    const inactive: Bitset = { length: sizes[i], bytes };
    if (!isSubset(inactive, fullBitset(sizes[i]))) {
      throw new ModelError(`${dataFile}: the mask of layer '${layer}' names nodes beyond its ${sizes[i]}.`);
    }
    return { kind, layer, shape, inactive };
  });
  const maps = (kind: 'conv' | 'add') =>
    masks
      .filter((mask) => mask.kind === kind)
      .map(({ layer, shape, inactive }) => ({ layer, shape: shape as unknown as [number, number, number], inactive }));
  const parts: NodeModuleParts = {
    modelId: json.modelId,
    classIndex: json.classIndex,
    classNames: json.classNames,
    convMasks: maps('conv'),
    addMasks: maps('add'),
    denseMasks: masks.filter(({ kind }) => kind === 'dense').map(({ layer, inactive }) => ({ layer, inactive })),
    outW: values.slice(0, -2),
    outB: values.slice(-2),
    provenance: { ...json.provenance, method: json.provenance.method ?? 'decompose' },
  };
  return { parts, network: json.network };
}

function checked(file: string, json: Readonly<Record<string, unknown>>): ModuleJson {
  const fail = (what: string, expected: string): never => {
    throw new ModelError(`${file}: ${what}: expected ${expected}, found ${JSON.stringify(json[what])?.slice(0, 80)}.`);
  };
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
  if (typeof json['modelId'] !== 'string') fail('modelId', 'a digest');
  const names = json['classNames'];
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) fail('classNames', 'a list of names');
  if (typeof (names as string[])[json['classIndex'] as number] !== 'string') fail('classIndex', 'one of the classes');
  if (!isCount(json['features'])) fail('features', 'a number of features');
  if (!isObject(json['provenance'])) fail('provenance', 'an object');
  const masks = json['masks'];
  const ranks: Record<string, number> = { conv: 3, add: 3, dense: 1 };
  const isMask = (mask: unknown) =>
    isObject(mask) &&
    typeof mask['layer'] === 'string' &&
    Array.isArray(mask['shape']) &&
    mask['shape'].length === ranks[mask['kind'] as string] &&
    mask['shape'].every(isCount);
  if (!Array.isArray(masks) || !masks.every(isMask)) fail('masks', 'a list of { kind, layer, shape }');
  const data = json['data'];
  if (
    !isObject(data) ||
    !/^nodes-[0-9a-f]{16}\.bin$/.test(String(data['file'])) ||
    typeof data['sha256'] !== 'string'
  ) {
    fail('data', '{ file, sha256 }');
  }
  const network = json['network'];
  const isReference =
    isObject(network) &&
    /^network-[0-9a-f]{16}$/.test(String(network['folder'])) &&
    network['digest'] === json['modelId'];
  if (json['format'] === NODE_MODULE_FORMAT && !isReference)
    fail('network', '{ folder, digest }, the digest as modelId');
  return json as unknown as ModuleJson;
}

function dataFileOf(target: string): string | null {
  try {
    return checked(target, parseJsonObject(fs.readFileSync(target, 'utf8'), target)).data.file;
  } catch {
    return null;
  }
}
