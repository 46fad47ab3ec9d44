import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../session/project-root.js';

interface SetupLock {
  acquireLock: (file: string, options?: { staleMs?: number; say?: (line: string) => void }) => Promise<() => void>;
}

const moduleUrl = pathToFileURL(path.join(projectRoot, 'kernel-config', 'setup', 'setup-lock.mjs')).href;
let acquireLock: SetupLock['acquireLock'];
let folder: string;
let file: string;
before(async () => {
  ({ acquireLock } = (await import(moduleUrl)) as SetupLock);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-setup-lock-'));
});
beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(folder, 'case-')), '.build', 'setup.lock');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const leaveLock = (content: string) => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, content);
};

describe('the lock of the set-up', () => {
  for (const content of ['1', `${process.pid}`, '']) {
    test(`is taken over from one that has gone, whatever it left: '${content}'`, { timeout: 10_000 }, async () => {
      leaveLock(content);
      const said: string[] = [];
      const release = await acquireLock(file, { staleMs: 500, say: (line) => said.push(line) });
      assert.ok(said.join('\n').includes(file), 'the message names the file to delete');
      release();
      assert.equal(fs.existsSync(file), false);
    });
  }

  test('is taken over from a process that was killed, and goes to one of those that wait', async () => {
    const code = `import(${JSON.stringify(moduleUrl)}).then(async ({ acquireLock }) => {
      await acquireLock(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000); });`;
    const holder = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    assert.equal(fs.existsSync(file), true);
    let holders = 0;
    const wait = async () => {
      const release = await acquireLock(file, { staleMs: 500, say: () => {} });
      assert.equal(++holders, 1);
      await sleep(100);
      holders--;
      release();
    };
    await Promise.all([wait(), wait(), wait()]);
  });

  test('stays with a process that lives, however long it takes', async () => {
    const release = await acquireLock(file);
    let got = false;
    const second = acquireLock(file, { staleMs: 2000, say: () => {} }).then((releaseSecond) => {
      got = true;
      return releaseSecond;
    });
    await sleep(4000);
    assert.equal(got, false);
    release();
    (await second)();
  });

  test("is released once: neither its own release nor the process's end takes the next one's away", async () => {
    const before = process.listenerCount('exit');
    const release = await acquireLock(file);
    assert.equal(process.listenerCount('exit'), before + 1);
    release();
    assert.equal(process.listenerCount('exit'), before);
    fs.writeFileSync(file, 'of another process');
    release();
    assert.equal(fs.readFileSync(file, 'utf8'), 'of another process');
  });
});
