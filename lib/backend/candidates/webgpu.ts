import { activate, type BackendCandidate, installedVersion, loadPackage } from '../candidate.js';

const PACKAGES = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];

interface Dawn {
  create(flags: string[]): { requestAdapter(): Promise<object | null> };
  globals: object;
}

/**
 * WebGPU through Dawn. Only on request: both packages are large, tensors can only be read asynchronously
 * (`await t.data()`), and the process must be ended by process.exit().
 */
export const webgpuCandidate: BackendCandidate = {
  name: 'webgpu',
  tfjsName: 'webgpu',
  onRequestOnly: true,
  async open(host) {
    const missing = PACKAGES.filter((name) => installedVersion(host, name) === undefined);
    if (missing.length > 0) {
      throw new Error(
        `${missing.join(' and ')} not installed: npm i --no-save webgpu @tensorflow/tfjs-backend-webgpu@4.22.0`,
      );
    }
    const dawn = loadPackage(host, 'webgpu') as Dawn;
    const gpu = dawn.create([]);
    if ((await gpu.requestAdapter()) === null) throw new Error('no Vulkan, Metal or D3D12 driver that Dawn can use');
    Object.assign(globalThis, dawn.globals);
    if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
    loadPackage(host, '@tensorflow/tfjs-backend-webgpu'); // looks for navigator.gpu when it is loaded
    await activate(host, 'webgpu');
    return { version: installedVersion(host, '@tensorflow/tfjs-backend-webgpu') ?? '' };
  },
};
