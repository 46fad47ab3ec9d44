import { randomUUID } from 'node:crypto';
import path from 'node:path';

/** One message to the notebook: the same thing in several formats, of which the viewer takes the richest it can show. */
export type MimeBundle = Record<string, unknown>;

type WriteDisplayData = (message: { data: MimeBundle; metadata: object; transient: object }, update: boolean) => void;

const TSLAB_CHANNEL = path.join('tslab', 'dist', 'jupyter.js');

/**
 * The running tslab kernel's way to send a display message, or null outside a kernel. tslab's public `display` sends
 * one format per message only; this is the function beneath it (tslab 1.0.22). The module is never loaded from here:
 * only a kernel has it.
 */
function kernelChannel(): WriteDisplayData | null {
  for (const file in require.cache) {
    if (!file.endsWith(TSLAB_CHANNEL)) continue;
    const { lastWriteDisplayData } = require.cache[file]?.exports as { lastWriteDisplayData?: WriteDisplayData | null };
    if (typeof lastWriteDisplayData === 'function') return lastWriteDisplayData;
  }
  return null;
}

/** Whether this process is a notebook kernel that has begun to run a cell. */
export function inKernel(): boolean {
  return kernelChannel() !== null;
}

/** Stands for the run of a cell that is going on: another one for every run; null outside a kernel. */
export function currentCell(): unknown {
  return kernelChannel();
}

/** Shows a bundle below the current cell; does nothing outside a kernel. */
export function sendToNotebook(data: MimeBundle): void {
  kernelChannel()?.({ data, metadata: {}, transient: {} }, false);
}

/** As {@link sendToNotebook}, but every call after the first replaces what the first one showed. */
export function updatingDisplay(): (data: MimeBundle) => void {
  const transient = { display_id: randomUUID() };
  let shown = false;
  return (data) => {
    kernelChannel()?.({ data, metadata: {}, transient }, shown);
    shown = true;
  };
}
