import os from 'node:os';
import { Piscina } from 'piscina';
import { ModulabError, OptionError } from '../errors.js';

/** No worker thread could be started, or none is left: for want of memory or file handles, say. */
export class NoWorkersError extends ModulabError {}

/** Worker threads that all run one file. Close it, or they keep the process alive. */
export interface WorkerPool<Task, Result> {
  readonly workers: number;
  /**
   * A task whose thread dies is done again, once.
   * @throws NoWorkersError when no thread is left that could do it; what the file throws; an Error when the task kills threads
   */
  run(task: Task): Promise<Result>;
  /** Ends the threads at once; tasks that have not come back are rejected. */
  close(): Promise<void>;
}

/**
 * Starts worker threads. They are threads of this process, so they end with it, however it ends.
 * @param file compiled module whose default export takes a task
 * @param workerData what every worker gets once, as `Piscina.workerData`
 */
export function openWorkerPool<Task, Result>(
  file: string,
  workers: number,
  workerData: unknown,
): WorkerPool<Task, Result> {
  const pool = new Piscina({
    filename: file,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Infinity,
    atomics: 'disabled',
    // Not those of this process: a notebook kernel or a test runner has its own.
    execArgv: [],
    workerData,
  });
  const waiting = new Set<(error: Error) => void>();
  let failure: Error | undefined;
  /** Piscina replaces threads that die, but for those that die while they start; tasks then wait for ever. */
  const giveUpWithoutThreads = (cause: Error) => {
    if (pool.threads.length > 0) return;
    failure ??= new NoWorkersError(`No worker thread could be started (${cause.message}).`, { cause });
    for (const reject of waiting) reject(failure);
  };
  // Without a listener the event ends the process. It comes when a thread dies that has no task.
  pool.on('error', giveUpWithoutThreads);
  const once = (task: Task) =>
    new Promise<Result>((resolve, reject) => {
      if (failure) {
        reject(failure);
        return;
      }
      waiting.add(reject);
      void (pool.run(task) as Promise<Result>).then(resolve, reject).finally(() => waiting.delete(reject));
    });
  return {
    workers,
    async run(task) {
      for (let deaths = 0, failedStarts = 0; ;) {
        try {
          return await once(task);
        } catch (error) {
          const again = hasNotStarted(error) ? ++failedStarts <= workers : hasDied(error) && ++deaths <= 1;
          if (!again) throw error;
          giveUpWithoutThreads(error as Error);
        }
      }
    },
    close: () => pool.destroy(),
  };
}

/** Whether a task came back because its thread ended, as Piscina and Node say it. */
function hasDied(error: unknown): boolean {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return message.startsWith('worker exited with code') || code.startsWith('ERR_WORKER_');
}

/** Whether a task came back because the system had nothing left to start its thread with. */
function hasNotStarted(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return ['ERR_WORKER_INIT_FAILED', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(code);
}

/** The number of worker threads, or `auto`. */
export type Workers = number | 'auto';

/**
 * Worker threads for independent inference: the number asked for. `auto` is one per core where the backend can compute on
 * one thread (onednn, wasm, cpu), and none where it uses all cores whatever it is told; also none on a single core.
 * @throws OptionError when it is no whole number from 0 to 256
 */
export function workerCount(workers: Workers, backend: string): number {
  if (workers === 'auto') {
    const cores = os.availableParallelism();
    return cores > 1 && ['onednn', 'wasm', 'cpu'].includes(backend) ? Math.min(cores, 16) : 0;
  }
  if (!Number.isInteger(workers) || workers < 0 || workers > 256) {
    throw new OptionError(`workers: expected 'auto' or a whole number from 0 to 256, got ${String(workers)}.`);
  }
  return workers;
}
