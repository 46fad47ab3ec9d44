import os from 'node:os';
import { startSession } from '../kernel-config/kernel/kernel-session.js';
import type { BenchRow } from './bench.js';
import { median } from './bench.js';

/** When the interrupts come, in milliseconds after the start of the call. The first one is a warm-up. */
const AFTER = [1000, 500, 1500, 2500];

/** Images and networks of the size that the notebooks use. */
const PREPARE = `import { openBackend, synthetic, models, fit, evaluate, split, simplify, diagnose, attack, tf } from 'modulab';
await openBackend({ quiet: true });
const { train, test } = synthetic({ trainPerClass: 300, testPerClass: 100 });
const model = models.resNet20();
const simCnn = models.simCnn();`;

const CALLS: Readonly<Record<string, string>> = {
  'fit, ResNet-20': 'await fit(model, train, { epochs: 9, batchSize: 128 });',
  'fit, SimCNN': 'await fit(simCnn, train, { epochs: 9, batchSize: 128 });',
  'evaluate, SimCNN': 'for (;;) await evaluate(simCnn, test);',
  'split by cnnsplitter, SimCNN': "await split(simCnn, test, { preset: 'laptop' });",
  'split by gradsplitter, SimCNN': "await split(simCnn, { train, validation: test }, { method: 'gradsplitter' });",
  'split by decompose, ResNet-20': "await split(model, train, { method: 'decompose' });",
  'simplify, ResNet-20': 'await simplify(model, { train, validation: test });',
  'diagnose, ResNet-20': 'for (;;) await diagnose(model, test);',
  'attack by pgd, ResNet-20': "await attack(model, test, { method: 'pgd', budget: 8 / 255 });",
};

/** Seconds from an interrupt to the end of the cell, at the longest of a few; the session must go on, and keep no tensor. */
export async function benchInterrupt(backend: string): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const session = await startSession({ cwd: os.tmpdir(), env: { MODULAB_BACKEND: backend } });
  try {
    const prepared = await session.run(PREPARE);
    if (prepared.status !== 'ok') throw new Error(prepared.error);
    for (const [name, code] of Object.entries(CALLS)) {
      const waits: number[] = [];
      let before = '';
      for (const [i, after] of AFTER.entries()) {
        const { error, ms } = await session.interrupted(`console.log('begun');\n${code}`, after);
        if (!error.startsWith('Interrupted: ')) throw new Error(`${name}: ${error}`);
        if (i === 0) console.log(`${name}: ${error}`);
        else waits.push(ms / 1000);
        // The first call may keep what later ones share.
        const { text } = await session.run('tf.memory().numTensors');
        if (i > 1 && text !== before) throw new Error(`${name}: tensors went from ${before} to ${text}`);
        before = text;
      }
      rows.push({ case: `${name}, longest`, backend, value: Math.max(...waits), unit: 's' });
      rows.push({ case: `${name}, median`, backend, value: median(waits), unit: 's' });
    }
  } finally {
    await session.kernel.shutdown();
  }
  return rows;
}
