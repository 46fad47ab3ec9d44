import { activate, type BackendCandidate, installedVersion, loadPackage } from '../candidate.js';

/** Plain JavaScript: always there, and by far the slowest. */
export const cpuCandidate: BackendCandidate = {
  name: 'cpu',
  tfjsName: 'cpu',
  async open(host) {
    loadPackage(host, '@tensorflow/tfjs-backend-cpu');
    await activate(host, 'cpu');
    return { version: installedVersion(host, '@tensorflow/tfjs-backend-cpu') ?? 'of unknown version' };
  },
};
