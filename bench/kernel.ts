import os from 'node:os';
import { KernelProcess } from '../kernel-config/kernel/kernel-process.js';
import { type BenchRow, median } from './bench.js';

const STARTS = 5;
const IMPORT = "import { openBackend, diagnose, evaluate, plot } from 'modulab';";

/** What a person waits for in a new notebook: medians of five kernels, started one after the other. */
export async function benchKernel(): Promise<BenchRow[]> {
  const waits: Record<string, number[]> = {};
  for (let i = 0; i < STARTS; i++) {
    const startedAt = performance.now();
    // Outside the project, where nothing of it can be found by accident.
    const kernel = await KernelProcess.start({ cwd: os.tmpdir() });
    const cell = async (name: string, code: string, since = performance.now()) => {
      const reply = await kernel.execute(code, () => {});
      if (reply?.status !== 'ok') throw new Error(`the cell '${code}' failed`);
      (waits[name] ??= []).push((performance.now() - since) / 1000);
    };
    await cell('kernel start to first result', '1 + 1', startedAt);
    await cell("cell with import … from 'modulab'", IMPORT);
    await cell('the cell after it', 'const two = 1 + 1;');
    await kernel.shutdown();
  }
  return Object.entries(waits).map(([name, seconds]) => ({
    case: name,
    backend: '-',
    value: median(seconds),
    unit: 's',
  }));
}
