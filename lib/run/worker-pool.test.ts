import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { NoWorkersError, openWorkerPool } from './worker-pool.js';

function workerFile(t: TestContext, source: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-workers-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'worker.cjs');
  fs.writeFileSync(file, source);
  return file;
}

test('a task whose thread dies is done again, one that kills threads is given up', async (t) => {
  const file = workerFile(
    t,
    `module.exports = ({ flag, always }) => {
       if (always || Atomics.exchange(new Int32Array(flag), 0, 1) === 0) process.exit(3);
       return 'done';
     };`,
  );
  const pool = openWorkerPool<{ flag: SharedArrayBuffer; always: boolean }, string>(file, 1, null);
  t.after(() => pool.close());
  assert.equal(await pool.run({ flag: new SharedArrayBuffer(4), always: false }), 'done');
  await assert.rejects(pool.run({ flag: new SharedArrayBuffer(4), always: true }), /worker exited with code: 3/);
  const again = new SharedArrayBuffer(4);
  new Int32Array(again)[0] = 1;
  assert.equal(await pool.run({ flag: again, always: false }), 'done');
});

test('threads that cannot start reject what waits for them, and the process lives', async (t) => {
  const pool = openWorkerPool<number, number>(workerFile(t, "throw new Error('no room');"), 2, null);
  t.after(() => pool.close());
  const first = await Promise.allSettled([1, 2, 3, 4].map((task) => pool.run(task)));
  assert.deepEqual(first.map(({ status }) => status), ['rejected', 'rejected', 'rejected', 'rejected']); // prettier-ignore
  await assert.rejects(pool.run(5), (error) => error instanceof Error);
});

test('an error of the task itself comes back as it is, at once', async (t) => {
  const pool = openWorkerPool<number, number>(
    workerFile(t, "module.exports = (task) => { throw new RangeError('task ' + task); };"),
    ...([1, null] as const),
  );
  t.after(() => pool.close());
  await assert.rejects(pool.run(7), /RangeError: task 7|task 7/);
  assert.ok(!((await pool.run(8).catch((error: unknown) => error)) instanceof NoWorkersError));
});

test('without file handles for threads every task is done or refused as such, and the process lives', (t) => {
  if (process.platform === 'win32') return t.skip('no ulimit');
  const file = workerFile(t, 'module.exports = (task) => task + 1;');
  const program = `
    const { openWorkerPool, NoWorkersError } = require(${JSON.stringify(path.join(__dirname, 'worker-pool.js'))});
    const pool = openWorkerPool(${JSON.stringify(file)}, 8, null);
    Promise.allSettled([1, 2, 3, 4].map((task) => pool.run(task))).then(async (all) => {
      await pool.close();
      console.log(all.map(({ value, reason }) => value ?? (reason instanceof NoWorkersError ? 'none' : String(reason))).join(' '));
    });`;
  const main = workerFile(t, program);
  const ran = [32, 34, 36, 40].map((handles) =>
    spawnSync('sh', ['-c', `ulimit -n ${handles}; exec "${process.execPath}" "${main}"`], {
      encoding: 'utf8',
      timeout: 20_000,
    }),
  );
  // With still fewer Node itself does not start.
  const started = ran.filter(({ stdout }) => stdout !== '');
  assert.ok(started.length > 0, ran[3]?.stderr);
  for (const { stdout, status } of started) {
    assert.equal(status, 0);
    assert.match(stdout, /^(2 3 4 5|none none none none)\n$/);
  }
});
