/** Every npm script answers the same way: `--help` and wrong calls. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../session/project-root.js';

const { scripts } = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** What Node is started with for an npm script: the command itself where the set-up only starts it. */
function programOf(name: string): string[] {
  const [node, ...rest] = scripts[name].split(' ');
  assert.equal(node, 'node');
  const command = path.join(__dirname, `${name}.js`);
  return rest[0].endsWith('setup.mjs') && fs.existsSync(command) ? [command] : rest;
}

/** What a command prints and how it ends. */
async function run(name: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [...programOf(name), ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (outputs[stream] += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...outputs };
}

describe('commands', { concurrency: 2 }, () => {
  for (const name of Object.keys(scripts)) {
    const usage = new RegExp(`^Usage: (npm (run )?)?${name}\\b`);

    test(`npm run ${name} -- --help prints the usage and ends with 0`, async () => {
      const { code, stdout, stderr } = await run(name, '--help');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, usage);
    });

    test(`npm run ${name} with an option that it does not know ends with 2, one sentence and the usage`, async () => {
      const { code, stdout, stderr } = await run(name, '--no-such-option');
      assert.deepEqual([code, stdout], [2, '']);
      const at = stderr.indexOf('Usage:');
      assert.equal(stderr.slice(0, at), "Unknown option '--no-such-option'.\n");
      assert.match(stderr.slice(at), usage);
    });
  }
});

test('every command of this folder is an npm script', () => {
  const files = fs.readdirSync(__dirname).filter((file) => file.endsWith('.js') && !file.endsWith('.test.js'));
  const commands = files.map((file) => path.basename(file, '.js')).filter((name) => name !== 'run-command');
  assert.deepEqual(commands.filter((name) => !scripts[name]?.endsWith(`setup.mjs ${name}`)), []); // prettier-ignore
});
