/** Every npm script of this folder answers the same way: `--help` and wrong calls. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

const COMMANDS = fs
  .readdirSync(__dirname)
  .filter((file) => file.endsWith('.js') && !file.endsWith('.test.js') && file !== 'run-command.js');

/** What a command prints and how it ends. */
async function run(file: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [path.join(__dirname, file), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const outputs = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (outputs[stream] += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...outputs };
}

describe('commands', { concurrency: 2 }, () => {
  for (const file of COMMANDS) {
    const name = path.basename(file, '.js');
    const usage = new RegExp(`^Usage: npm (run )?${name}\\b`);

    test(`npm run ${name} -- --help prints the usage and ends with 0`, async () => {
      const { code, stdout, stderr } = await run(file, '--help');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, usage);
    });

    test(`npm run ${name} with an option that it does not know ends with 2, and the usage`, async () => {
      const { code, stdout, stderr } = await run(file, '--no-such-option');
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /no-such-option/);
      assert.match(stderr.slice(stderr.indexOf('Usage:')), usage);
    });
  }
});

test('there are the commands that npm knows', () => {
  assert.deepEqual(COMMANDS.map((file) => path.basename(file, '.js')).sort(), [
    'bench',
    'data',
    'figures',
    'front-page',
    'kernel',
    'notebook',
    'repl',
    'reproduce',
    'start',
    'test',
    'workshop',
  ]);
});
