import path from 'node:path';
import { ModelError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { requireModel } from '../nodes/module-margins.js';
import { borrowNetwork } from '../nodes/network-file.js';
import { NodeModule } from '../nodes/node-module.js';
import { LONE_NODE_MODULE_FORMAT, NODE_MODULE_FORMAT, readNodeModule } from '../nodes/node-module-file.js';
import { KernelModule } from './kernel-module.js';
import { KERNEL_MODULE_FORMAT, readKernelModule } from './kernel-module-file.js';
import type { Module } from './module.js';

/**
 * Makes a module of its file.
 * @param file path of the description
 * @param json what is in it
 */
type ReadModule = (
  file: string,
  json: Readonly<Record<string, unknown>>,
  options: { readonly network?: tf.LayersModel },
) => Promise<Module>;

/** How modules are read, by the `format` line of their description. To add a kind: a line here. */
export const MODULE_FORMATS: Readonly<Record<string, ReadModule>> = {
  [KERNEL_MODULE_FORMAT]: async (file, json) => new KernelModule(await readKernelModule(file, json)),
  [NODE_MODULE_FORMAT]: async (file, json) => {
    const { parts, network: reference } = readNodeModule(file, json);
    const { network, release } = await borrowNetwork(path.dirname(file), reference!);
    return new NodeModule(network, parts, release);
  },
  [LONE_NODE_MODULE_FORMAT]: async (file, json, { network }) => {
    const { parts } = readNodeModule(file, json);
    if (!network) {
      throw new ModelError(
        `${file}: this module was saved without its network (${parts.modelId.slice(0, 12)}…); load that and pass it as { network }. ` +
          'Saved again, the module keeps it.',
      );
    }
    requireModel(network, parts);
    return Promise.resolve(new NodeModule(network, parts));
  },
};
