import { type KernelOptions, KernelProcess } from './kernel-process.js';

/** What one cell sent. */
export interface CellRun {
  status: 'ok' | 'error' | 'aborted' | 'ended';
  /** All text, of both streams. */
  text: string;
  /** The value of the last expression as text; empty where there is none. */
  value: string;
  /** The traceback of its failure; empty where there was none. */
  error: string;
  /** Types of all messages, in order. */
  types: string[];
}

export interface KernelSession {
  readonly kernel: KernelProcess;
  readonly run: (
    code: string,
    onText?: (text: string) => void,
    options?: { stopOnError?: boolean },
  ) => Promise<CellRun>;
  /** Runs a cell and interrupts it `afterMs` (50) after it has written 'begun'. Gives the wait for its end in `ms`. */
  readonly interrupted: (code: string, afterMs?: number) => Promise<CellRun & { ms: number }>;
}

/** Starts a kernel and runs cells in it. */
export async function startSession(options: KernelOptions): Promise<KernelSession> {
  const kernel = await KernelProcess.start(options);
  const run: KernelSession['run'] = async (code, onText, options) => {
    const result: CellRun = { status: 'ended', text: '', value: '', error: '', types: [] };
    const reply = await kernel.execute(
      code,
      ({ header, content }) => {
        result.types.push(header.msg_type);
        if (header.msg_type === 'error') result.error = (content.traceback as string[]).join('\n');
        if (header.msg_type === 'execute_result')
          result.value = String((content.data as object & { 'text/plain'?: unknown })['text/plain']);
        if (header.msg_type !== 'stream') return;
        result.text += String(content.text);
        onText?.(String(content.text));
      },
      options,
    );
    if (reply) result.status = reply.status;
    return result;
  };
  const interrupted = async (code: string, afterMs = 50): Promise<CellRun & { ms: number }> => {
    let at: number | null = null;
    const result = await run(code, (text) => {
      if (!text.includes('begun') || at !== null) return;
      at = performance.now() + afterMs;
      setTimeout(() => kernel.interrupt(), afterMs);
    });
    return { ...result, ms: performance.now() - (at ?? NaN) };
  };
  return { kernel, run, interrupted };
}
