import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

function run(input: string): { status: number | null; stdout: string; stderr: string } {
  const args = [path.join(__dirname, '..', 'commands', 'repl.js')];
  return spawnSync(process.execPath, args, { input, encoding: 'utf8', timeout: 120_000 });
}

test('statements from standard input are run, and the last expression is shown', () => {
  const { status, stdout, stderr } = run(
    `const split = 2; // a name of modulab may be declared again
     const two = await Promise.resolve(split);
     console.log(typeof fit, datasets.DATASET_NAMES.includes('synthetic'), modulab.ModulabError.name);
     const options: FitOptions = { epochs: 1 };
     ({ two, options })`,
  );
  assert.equal(stderr, '');
  assert.equal(stdout, 'function true ModulabError\n{ two: 2, options: { epochs: 1 } }\n');
  assert.equal(status, 0);
});

test('an error ends them with exit code 1', () => {
  const { status, stdout, stderr } = run("console.log('runs');\nawait 1;\nthrow new DataError('a.bin: expected x.');");
  assert.equal(stdout, 'runs\n');
  assert.match(stderr, /^DataError: a\.bin: expected x\./);
  assert.equal(status, 1);
});
