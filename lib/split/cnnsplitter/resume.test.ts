import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { MT19937 } from '../../run/mt19937.js';
import { THOROUGH } from '../../run/thorough.fixture.js';

/** MODULAB_KILLS=20 tries longer. */
const KILLS = Number(process.env.MODULAB_KILLS ?? (THOROUGH ? 2 : 1));
const PROGRAM = path.join(__dirname, 'search-run.fixture.js');

/** Runs the search in a process of its own; null when it was killed before its end. */
function run(checkpoint: string, workers: number, killAfterMs = Infinity): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, checkpoint, String(workers)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = Number.isFinite(killAfterMs) ? setTimeout(() => child.kill('SIGKILL'), killAfterMs) : undefined;
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else if (signal === 'SIGKILL') resolve(null);
      else reject(new Error(`the search ended with ${code ?? signal}`));
    });
  });
}

test(`killed at ${KILLS === 1 ? 'a random moment' : `${KILLS} random moments`}, a search ends as if nothing had happened`, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const startedAt = performance.now();
  const expected = await run('', 0);
  const whole = performance.now() - startedAt;
  const rng = new MT19937(Date.now() >>> 0); // random moments; what is expected does not depend on them
  let kills = 0;
  let resumed = 0;
  for (let trial = 0; kills < KILLS; trial++) {
    const checkpoint = path.join(folder, `${trial}.json`);
    let result: string | null = null;
    while (result === null) {
      const delay = kills < KILLS ? (0.3 + 0.9 * rng.nextDouble()) * whole : Infinity;
      if (fs.existsSync(checkpoint)) resumed++;
      result = await run(checkpoint, 2, delay);
      if (result === null) kills++;
    }
    assert.equal(result, expected);
    assert.deepEqual(
      fs.readdirSync(folder).filter((file) => file.startsWith(`${trial}.`) && file.endsWith('json')),
      [`${trial}.json`],
    );
  }
  t.diagnostic(`${kills} kills, ${resumed} starts from a checkpoint`);
});
