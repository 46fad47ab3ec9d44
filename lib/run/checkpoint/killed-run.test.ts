import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

/**
 * A run of four steps, each of two parts, that ends itself by SIGKILL in the middle of its n-th access to the file system.
 * Prints the sum of everything that it has computed.
 */
const program = `
  const fs = require('node:fs');
  const [kit, file, at] = process.argv.slice(1);
  let left = Number(at);
  for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync', 'readFileSync', 'readdirSync']) {
    const own = fs[name];
    fs[name] = (...given) => {
      if (--left === 0) {
        if (name === 'writeFileSync') own(given[0], given[1].subarray(0, given[1].length / 2));
        process.kill(process.pid, 'SIGKILL');
      }
      return own(...given);
    };
  }
  const { checkpointFile } = require(kit);
  (async () => {
    const whole = checkpointFile('whole', 1).open(file, () => '"a run"');
    let { step, sum } = whole.saved?.state ?? { step: 0, sum: 0 };
    if (!whole.saved) await whole.write({ step, sum });
    for (; step < 4; step++, await whole.write({ step, sum })) {
      const part = checkpointFile('part', 1).open(whole.inner('step'), () => JSON.stringify({ step, sum }));
      let own = part.saved?.arrays.own[0].values ?? Float64Array.of(0, 0);
      for (let i = own[0]; i < 2; i++) {
        own = Float64Array.of(i + 1, own[1] + 10 ** step * (i + 1));
        await part.write(null, () => ({ own: [{ shape: [2], values: own }] }));
      }
      sum += own[1];
    }
    console.log(sum);
  })();`;

test(
  'a run that is killed at any access to the file system goes on to the same result',
  { skip: process.platform === 'win32' && 'Windows has no signals' },
  (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-killed-'));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const kit = path.join(__dirname, 'checkpoint-file.js');
    const file = path.join(folder, 'run');
    const run = (at: number) =>
      spawnSync(process.execPath, ['-e', program, kit, file, String(at)], { encoding: 'utf8' });
    let kills = 0;
    for (let at = 1; ; at += 3) {
      fs.rmSync(file, { force: true });
      const killed = run(at);
      if (killed.status === 0) break; // more accesses than the run has
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      kills++;
      const again = run(at + 1); // and once more, elsewhere
      const end = again.status === 0 ? again : run(0);
      assert.equal(end.stdout, '3333\n', `killed at ${at}: ${end.stderr}`);
      assert.deepEqual(fs.readdirSync(folder), ['run'], `killed at ${at}`);
    }
    assert.ok(kills > 10, `${kills} kills`);
  },
);
