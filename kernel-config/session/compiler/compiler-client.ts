import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, CompilerQuestions } from './compiler-protocol.js';

/** Asks the compiler's thread. Questions are answered one after the other; they may be asked before it has loaded. */
export class CompilerClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;

  /**
   * @param folder where imports of files are looked for
   * @param globals declarations of what the host puts in scope, as TypeScript
   */
  constructor(folder: string, globals: string) {
    this.worker = new Worker(path.join(__dirname, 'compiler-thread.js'), { workerData: { folder, globals } });
    this.worker.on('message', ({ id, answer, error }: Answer) => {
      const { resolve, reject } = this.waiting.get(id)!;
      this.waiting.delete(id);
      if (error === undefined) resolve(answer as never);
      else reject(new Error(`The compiler has failed: ${error}`));
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error("The compiler's thread has ended.")));
  }

  ask<K extends keyof CompilerQuestions>(
    kind: K,
    ask: CompilerQuestions[K]['ask'],
  ): Promise<CompilerQuestions[K]['answer']> {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.count, { resolve, reject });
      this.worker.postMessage({ id: this.count, kind, ask });
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
