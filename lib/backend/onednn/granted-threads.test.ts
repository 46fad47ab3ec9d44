import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { whyNoAddon } from './compare-with-cpu.fixture.js';
import type { ThreadsAndSums } from './granted-threads.fixture.js';

/** Long enough for a busy machine; a computation that waits for threads that never come takes for ever. */
const PATIENCE_MS = 60_000;

/** What granted-threads.fixture prints in a process with these variables and no others that OpenMP reads. */
function inProcess(
  variables: Readonly<Record<string, string>>,
  { threads = 0, where = 'main' }: { threads?: number; where?: 'main' | 'worker' } = {},
): ThreadsAndSums {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OMP|GOMP|KMP)_/.test(name));
  const program = path.join(__dirname, 'granted-threads.fixture.js');
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [program, String(threads), where], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...variables },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  assert.equal(status, 0, `${signal ?? ''} ${stderr}`);
  return JSON.parse(stdout) as ThreadsAndSums;
}

describe('the threads that are granted compute everything', { skip: whyNoAddon() }, () => {
  let single: number[] | undefined;
  const check = (answer: ThreadsAndSums, most: number): void => {
    assert.ok(answer.threads >= 1 && answer.threads <= most, `${answer.threads} threads`);
    single ??= inProcess({}, { threads: 1 }).sums;
    assert.equal(answer.sums.length, single.length);
    for (const [i, expected] of single.entries()) {
      assert.ok(Math.abs(answer.sums[i] - expected) <= 1e-4 * expected, `${answer.sums[i]} instead of ${expected}`);
    }
  };
  const cores = os.availableParallelism();

  const environments: Record<string, [variables: Record<string, string>, most: number]> = {
    'as many as there are cores': [{}, cores],
    'a number that changes with the load': [{ OMP_DYNAMIC: 'true' }, cores],
    'the same, of many threads': [{ OMP_DYNAMIC: 'true', OMP_NUM_THREADS: '8' }, cores],
    'one of four': [{ OMP_THREAD_LIMIT: '1', OMP_NUM_THREADS: '4' }, 1],
    'two of four': [{ OMP_THREAD_LIMIT: '2', OMP_NUM_THREADS: '4' }, 2],
    'three of four': [{ OMP_THREAD_LIMIT: '3', OMP_NUM_THREADS: '4' }, 3],
    'no parallel regions at all': [{ OMP_MAX_ACTIVE_LEVELS: '0', OMP_NUM_THREADS: '4' }, 1],
    'more than the system can start': [{ OMP_NUM_THREADS: '1000000' }, cores],
  };
  for (const [name, [variables, most]] of Object.entries(environments)) {
    const settings = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`);
    test(`${name}: ${settings.join(' ') || 'no variables'}`, { timeout: 4 * PATIENCE_MS }, () => {
      check(inProcess(variables), most);
      check(inProcess(variables, { where: 'worker' }), most);
    });
  }

  test('a number that is asked for is held to the same limits', { timeout: 4 * PATIENCE_MS }, () => {
    check(inProcess({ OMP_THREAD_LIMIT: '3' }, { threads: 4 }), Math.min(3, cores));
    check(inProcess({}, { threads: 1_000_000 }), cores);
  });
});
