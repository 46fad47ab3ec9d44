import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { stopAfter } from '../stop-after.fixture.js';
import { runSumsPass } from './resumable-sums.js';

test('sums go on to the bit, and files of other runs are refused', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const checkpoint = path.join(folder, 'sums.json');
  const pass = (options: { signal?: AbortSignal; checkpoint?: string; fingerprint?: string; size?: number } = {}) => {
    const sums = [new Float64Array(options.size ?? 3), new Float64Array(1)];
    const steps: number[] = [];
    const done = runSumsPass({
      task: 'add',
      steps: 5,
      unit: 'numbers',
      sums,
      step: (i) => {
        steps.push(i);
        sums.forEach((sum) => sum.forEach((_, k) => (sum[k] += Math.sin(i + k))));
      },
      signal: options.signal,
      checkpoint: options.checkpoint,
      about: () => ({ whose: options.fingerprint ?? 'mine' }),
    });
    return { sums, steps, done };
  };
  const whole = pass();
  await whole.done;
  await assert.rejects(pass({ checkpoint, signal: stopAfter(2) }).done, InterruptedError);
  const rest = pass({ checkpoint });
  await rest.done;
  assert.deepEqual(rest.steps, [2, 3, 4]);
  assert.deepEqual(rest.sums, whole.sums);
  const again = pass({ checkpoint });
  await again.done;
  assert.deepEqual([again.steps, again.sums], [[], whole.sums]);
  await assert.rejects(pass({ checkpoint, fingerprint: 'other' }).done, OptionError);
  await assert.rejects(pass({ checkpoint, size: 4 }).done, OptionError);
  fs.writeFileSync(checkpoint, '{');
  await assert.rejects(pass({ checkpoint }).done, DataError);
  assert.equal(fs.readFileSync(checkpoint, 'utf8'), '{');
});
