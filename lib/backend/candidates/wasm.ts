import { activate, type BackendCandidate, installedVersion, loadPackage } from '../candidate.js';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

/** WebAssembly with SIMD on one core, with modulab's kernels for training. */
export const wasmCandidate: BackendCandidate = {
  name: 'wasm',
  tfjsName: 'wasm',
  async open(host) {
    const version = installedVersion(host, PACKAGE);
    if (version === undefined) throw new Error('not installed');
    loadPackage(host, PACKAGE);
    await activate(host, 'wasm');
    host.addWasmKernels();
    return { version };
  },
};
