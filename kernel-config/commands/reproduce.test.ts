/** `npm run reproduce` at the scale of seconds: all rows, killed and stopped on the way, end with the same bytes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { THOROUGH } from '../../lib/run/thorough.fixture.js';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param end what to send as soon as something is so */
function reproduce(
  args: readonly string[],
  end?: { readonly signal: NodeJS.Signals; readonly when: (stderr: string) => boolean },
): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(__dirname, 'reproduce.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (output[stream] += chunk.toString()));
  }
  const watch = setInterval(() => {
    if (!end?.when(output.stderr)) return;
    clearInterval(watch);
    child.kill(end.signal);
  }, 20);
  return new Promise((resolve) =>
    child.once('close', (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, ...output });
    }),
  );
}

function folder(t: TestContext): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-reproduce-'));
  t.after(() => fs.rmSync(made, { recursive: true }));
  return made;
}

/** The results and the page, by name. Networks' digests are in the results. */
function outcome(out: string): Record<string, string> {
  const results = path.join(out, 'smoke', 'results');
  const files = fs.readdirSync(results).map((name) => path.join(results, name));
  const all = [...files, path.join(out, 'smoke', 'reproduction.md'), path.join(out, 'smoke', 'findings.csv')];
  return Object.fromEntries(all.map((file) => [path.basename(file), fs.readFileSync(file, 'utf8')]));
}

/** All rows; in a run that is not thorough one that trains, and one that stands on it and has steps of its own. */
const ROWS = THOROUGH ? [] : ['rescnn-quarter-cifar10', 'cnnsplitter-modules-rescnn-quarter'];

test(
  `${THOROUGH ? 'all' : ROWS.length} rows, in one go or killed and stopped, end with the same bytes`,
  { skip: process.platform === 'win32' && 'Windows has no signals' },
  async (t) => {
    const [whole, parts] = [folder(t), folder(t)];
    const done = await reproduce([...ROWS, '--scale', 'smoke', '--out', whole]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /All \d+ rows are done/);

    const inTraining = () =>
      fs.existsSync(path.join(parts, 'smoke')) &&
      fs.readdirSync(path.join(parts, 'smoke')).some((name) => /checkpoint\.inner-0$/.test(name));
    const inPieces = [...ROWS, '--scale', 'smoke', '--out', parts];
    const killed = await reproduce(inPieces, { signal: 'SIGKILL', when: inTraining });
    assert.equal(killed.signal, 'SIGKILL', killed.stderr);
    const again = { signal: 'SIGINT', when: (stderr: string) => stderr.includes('gradient importance') } as const;
    const stopped = await reproduce(inPieces, again);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.match(stopped.stderr, /Left: about/);
    const listed = await reproduce(['--scale', 'smoke', '--out', parts, '--list']);
    assert.match(listed.stdout, /rescnn-quarter-cifar10 +done/);
    assert.match(listed.stdout, /\d+ of \d+ rows are left/);
    const rest = await reproduce(inPieces);
    assert.equal(rest.code, 0, rest.stderr);
    assert.deepEqual(outcome(parts), outcome(whole));

    const nothing = await reproduce(inPieces);
    assert.equal(nothing.code, 0);
    assert.doesNotMatch(nothing.stderr, /1\/\d/);
  },
);

test('wrong calls end with 2 and say what is expected', async () => {
  for (const [args, message] of [
    [['table-1'], /expected some of rescnn-quarter-cifar10/],
    [['--scale', 'large'], /expected one of smoke, lab, paper/],
    [['--seeds', '0'], /whole number from 1/],
    [['rescnn-cifar10', '--scale', 'lab'], /not offered at scale lab; it is at paper/],
  ] as const) {
    const { code, stderr } = await reproduce(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
