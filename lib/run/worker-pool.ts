import os from 'node:os';
import { Piscina } from 'piscina';
import { OptionError } from '../errors.js';

/** Worker threads that all run one file. Close it, or they keep the process alive. */
export interface WorkerPool<Task, Result> {
  readonly workers: number;
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
  return {
    workers,
    run: (task) => pool.run(task) as Promise<Result>,
    close: () => pool.destroy(),
  };
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
