import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '../tf.js';
import type { BackendHost } from './candidate.js';
import { registerOneDnn } from './onednn/register.js';
import { registerWasmKernels } from './wasm/register.js';

const load = createRequire(__filename);

/** The machine this process runs on. */
export const nodeHost: BackendHost = {
  nodeVersion: process.versions.node,
  get environmentChoice() {
    return process.env.MODULAB_BACKEND;
  },
  load: (id) => load(id) as unknown,
  hasNvidiaGpu,
  activate: (name) => tf.setBackend(name),
  activeName: () => tf.getBackend(),
  registerOneDnn,
  addWasmKernels: registerWasmKernels,
  print: (line) => console.log(line),
};

function hasNvidiaGpu(): boolean {
  if (fs.existsSync('/proc/driver/nvidia')) return true;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.some((folder) =>
    ['nvidia-smi', 'nvidia-smi.exe'].some((file) => fs.existsSync(path.join(folder, file))),
  );
}
