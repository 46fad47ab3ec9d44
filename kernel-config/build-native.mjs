// Compiles the oneDNN addon of lib/backend/onednn into .build/onednn/: node kernel-config/build-native.mjs
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const sources = path.join(root, 'lib/backend/onednn/addon');
const target = path.join(root, '.build/onednn');
const run = promisify(execFile);

const flags = [
  '-std=c++17',
  '-O3',
  '-march=native',
  '-fno-math-errno', // neither changes a value, and with them more loops are vectorised
  '-fno-trapping-math',
  '-fPIC',
  '-fopenmp',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
  '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
  `-I${path.join(root, 'node_modules/node-addon-api')}`,
  `-I${path.join(root, 'node_modules/node-api-headers/include')}`,
];

fs.mkdirSync(target, { recursive: true });
const files = fs.readdirSync(sources).filter((f) => f.endsWith('.cc'));
const queue = [...files];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let f = queue.shift(); f; f = queue.shift()) {
      const object = path.join(target, f.replace('.cc', '.o'));
      const { stderr } = await run('g++', [...flags, '-c', path.join(sources, f), '-o', object]);
      if (stderr) console.error(stderr);
    }
  }),
);
const objects = files.map((f) => path.join(target, f.replace('.cc', '.o')));
await run('g++', ['-shared', '-fopenmp', ...objects, '-o', path.join(target, 'modulab.node'), '-ldnnl']);
