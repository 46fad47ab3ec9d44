import type * as ts from '@tslab/typescript-for-tslab';

type TypeScript = typeof ts;

/**
 * tslab can have one rebuild of its program waiting. TypeScript asks for a second one when packages change on disk while
 * the kernel runs (an `npm install` beside an open notebook), and every cell from then on fails with "Unexpected pending
 * rebuildTimer". With this compiler all that wait are run together.
 * @returns the compiler for tslab to use in place of the given one
 */
export function withPendingRebuilds(typescript: TypeScript): TypeScript {
  const createWatchProgram = ((
    host: ts.WatchCompilerHostOfFilesAndCompilerOptions<ts.EmitAndSemanticDiagnosticsBuilderProgram>,
  ) => {
    const setTimer = host.setTimeout?.bind(host);
    const clearTimer = host.clearTimeout?.bind(host);
    if (setTimer && clearTimer) {
      const waiting = new Set<object>();
      let timer: unknown = null;
      let running = false;
      const runAll = () => {
        running = true;
        try {
          // A callback may ask for another rebuild, which then runs as well.
          for (const entry of waiting) {
            waiting.delete(entry);
            (entry as { callback: () => void }).callback();
          }
        } finally {
          running = false;
          timer = null;
        }
      };
      host.setTimeout = (callback, ms, ...args: unknown[]) => {
        const entry = { callback: () => (callback as (...values: unknown[]) => void)(...args) };
        waiting.add(entry);
        if (timer === null && !running) timer = setTimer(runAll, ms);
        return entry;
      };
      host.clearTimeout = (entry) => {
        waiting.delete(entry as object);
        if (waiting.size > 0 || timer === null || running) return;
        clearTimer(timer);
        timer = null;
      };
    }
    return typescript.createWatchProgram(host);
  }) as TypeScript['createWatchProgram'];
  return { ...typescript, createWatchProgram };
}
