import { activate, type BackendCandidate } from '../candidate.js';

/** oneDNN on all cores through modulab's own addon, which set-up builds where there are a compiler and oneDNN's headers. */
export const oneDnnCandidate: BackendCandidate = {
  name: 'onednn',
  tfjsName: 'onednn',
  async open(host, wanted) {
    const { version, threads } = host.registerOneDnn(wanted);
    await activate(host, 'onednn');
    return { version, note: `${threads} thread${threads === 1 ? '' : 's'}` };
  },
};
