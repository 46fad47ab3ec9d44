import { activate, type BackendCandidate, type BackendHost, installedVersion, loadPackage } from '../candidate.js';

export const TFJS_NODE_VERSION = '4.22.0';

/** TensorFlow's C library: all cores, or an NVIDIA GPU. tfjs-node and tfjs-node-gpu differ in the library they download. */
function tfjsNode(name: 'tfjs-node' | 'tfjs-node-gpu'): BackendCandidate {
  const packageName = `@tensorflow/${name}`;
  return {
    name,
    tfjsName: 'tensorflow',
    async open(host) {
      const version = installedVersion(host, packageName);
      // danfojs needs a package of this name; modulab gives it one without TensorFlow.
      if (version === undefined || version.includes('shim')) throw new Error(notInstalled(name, host));
      if (breaksOn(host)) {
        throw new Error(`${version} breaks on Node 23 and newer (this is ${host.nodeVersion}); use Node 20 or 22`);
      }
      const library = loadPackage(host, packageName) as { backend?: () => { isUsingGpuDevice?: boolean } };
      await activate(host, 'tensorflow');
      if (name === 'tfjs-node-gpu' && library.backend?.().isUsingGpuDevice === false) {
        return { version, note: 'TensorFlow found no usable GPU and runs on the CPU' };
      }
      return { version };
    },
  };
}

const breaksOn = (host: BackendHost): boolean => Number(host.nodeVersion.split('.')[0]) >= 23;

function notInstalled(name: string, host: BackendHost): string {
  if (name !== 'tfjs-node-gpu' || !host.hasNvidiaGpu()) return 'not installed';
  const command = `npm i --no-save @tensorflow/tfjs-node-gpu@${TFJS_NODE_VERSION}`;
  const node = breaksOn(host) ? ' (with Node 20 or 22)' : '';
  return `not installed, but there is an NVIDIA GPU: ${command}${node}`;
}

export const tfjsNodeGpuCandidate = tfjsNode('tfjs-node-gpu');
export const tfjsNodeCandidate = tfjsNode('tfjs-node');
