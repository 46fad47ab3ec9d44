import { activate, type BackendCandidate } from '../candidate.js';

/** oneDNN on all cores through modulab's own addon, which set-up builds where there are a compiler and oneDNN's headers. */
export const oneDnnCandidate: BackendCandidate = {
  name: 'onednn',
  tfjsName: 'onednn',
  async open(host) {
    const { version, threads } = host.registerOneDnn();
    await activate(host, 'onednn');
    return { version, note: `${threads} thread${threads === 1 ? '' : 's'}` };
  },
};
