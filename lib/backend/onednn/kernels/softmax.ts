import { areFloats, override } from '../kernel.js';

export function registerSoftmax(): void {
  override<{ dim: number }>('Softmax', (backend, { logits }, { dim }) => {
    const last = logits.shape.length - 1;
    if (last < 0 || (dim !== -1 && dim !== last) || !areFloats(logits)) return null;
    const out = backend.output(logits.shape);
    backend.addon.softmax(logits.shape[last], backend.floats(logits), backend.floats(out));
    return out;
  });
}
