import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ONLY_THOROUGH } from '../../lib/run/thorough.fixture.js';
import { projectRoot } from '../session/project-root.js';

const skip = !fs.existsSync('/proc/self/cmdline') ? 'processes are looked up in /proc' : ONLY_THOROUGH;
const WAITING =
  "require('fs').writeFileSync('started', ''); await new Promise((resolve) => setTimeout(resolve, 600_000));";

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a command whose shell gets ${signal} alone ends with its kernel`, { skip }, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-signals-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const notebook = path.join(folder, `waits-for-${signal}.ipynb`);
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: WAITING };
    fs.writeFileSync(notebook, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    const setup = path.join('kernel-config', 'setup', 'setup.mjs');
    // As npm runs a script; the second command keeps the shell from becoming the first.
    const command = `"${process.execPath}" ${setup} notebook "${notebook}" --out "${path.join(folder, 'out.ipynb')}"; true`;
    const shell = spawn('sh', ['-c', command], { cwd: projectRoot, stdio: 'ignore' });
    await until(() => fs.existsSync(path.join(folder, 'started')), 60_000);
    assert.ok(running(folder).length > 0);
    shell.kill(signal);
    await once(shell, 'exit');
    await until(() => running(folder).length === 0, 30_000);
    assert.deepEqual(running(folder), []);
  });
}

/** Processes that have the text in their command line. */
function running(text: string): string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false; // gone meanwhile
    }
  });
}

async function until(done: () => boolean, milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
}
