import { inKernel } from './kernel-channel.js';

let interrupts = 0;
let listening = false;

/**
 * Whether a call should stop: its AbortSignal has fired, or, in a notebook, the interrupt button was pressed since
 * the call began. (A notebook kernel gives a cell up on an interrupt, but whatever the cell had started would run on.)
 */
export function interruption(signal?: AbortSignal): () => boolean {
  if (!listening && inKernel()) {
    // Only in a kernel, which handles the signal itself: elsewhere a listener would keep Ctrl-C from ending the process.
    // Not at once: while a cell's synchronous part runs, Node has taken the signal over, and a listener added then
    // would lose it for the whole kernel.
    setImmediate(() => process.on('SIGINT', () => interrupts++));
    listening = true;
  }
  const atStart = interrupts;
  return () => signal?.aborted === true || interrupts > atStart;
}
