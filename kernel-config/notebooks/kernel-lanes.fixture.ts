import { KernelProcess } from '../kernel/kernel-process.js';

/**
 * Kernels that run notebooks one after the other, each in a new session: a kernel's start, TypeScript's first look at the library's types
 * and the drawing packages take longer than most notebooks at preset smoke, and are paid once for each kernel.
 */
export class KernelLanes {
  private readonly free: KernelProcess[] = [];

  /** @param cwd the folder that all of them run in */
  constructor(private readonly cwd: string) {}

  /** Gives the work a kernel for itself: one that is free, otherwise a new one. */
  async use<T>(work: (kernel: KernelProcess) => Promise<T>): Promise<T> {
    const kernel = this.free.pop() ?? (await KernelProcess.start({ cwd: this.cwd }));
    try {
      return await work(kernel);
    } finally {
      if (kernel.exitReason === null) this.free.push(kernel);
      else await kernel.kill(); // its process has ended; its sockets are still open
    }
  }

  /** Ends the kernels, none of which may be in use. */
  async close(): Promise<void> {
    await Promise.all(this.free.splice(0).map((kernel) => kernel.shutdown()));
  }
}
