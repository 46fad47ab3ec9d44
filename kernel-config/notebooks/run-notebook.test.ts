import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DataError } from '../../lib/errors.js';
import { KernelProcess } from '../kernel/kernel-process.js';
import { projectRoot } from '../session/project-root.js';
import { KernelLanes } from './kernel-lanes.fixture.js';
import { type CellOutput, joinText, type NotebookCell, readNotebook } from './notebook.js';
import { type CellEvent, type NotebookRun, runNotebook, type RunNotebookOptions } from './run-notebook.js';

let folder: string;
/** A folder deep in the project. */
let inside: string;
let lanes: KernelLanes;
let lanesInside: KernelLanes;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-notebook-test-'));
  lanes = new KernelLanes(folder);
  fs.mkdirSync(path.join(projectRoot, '.build'), { recursive: true });
  inside = path.join(fs.mkdtempSync(path.join(projectRoot, '.build', 'notebook-test-')), 'deep', 'er');
  fs.mkdirSync(inside, { recursive: true });
  lanesInside = new KernelLanes(inside);
});
after(async () => {
  await Promise.all([lanes.close(), lanesInside.close()]);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(path.join(inside, '..', '..'), { recursive: true, force: true });
});

function writeCells(file: string, ...sources: string[]): string {
  const cells = sources.map((source) => ({
    cell_type: 'code',
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return file;
}

/** Runs cells in a new session of a kernel that runs already, as most of what is asked here does not need one of its own. */
const runCells = (sources: string[], options?: RunNotebookOptions): Promise<NotebookRun> =>
  lanes.use((kernel) =>
    runNotebook(writeCells(path.join(folder, 'notebook.ipynb'), ...sources), { kernel, ...options }),
  );

/** The cell's value as text. */
const valueOf = (cell: NotebookCell): string =>
  (cell.outputs ?? [])
    .map((o) => (o.output_type === 'execute_result' ? joinText(o.data['text/plain'] as string) : ''))
    .join('');

const written = (cell: NotebookCell, stream: 'stdout' | 'stderr'): string =>
  (cell.outputs ?? []).map((o) => (o.output_type === 'stream' && o.name === stream ? joinText(o.text) : '')).join('');

describe('cells', () => {
  const NUMBERS = [
    'const a: number = 20;',
    'const b = await Promise.resolve(a + 1);',
    'a + b',
    'console.log(process.env.MODULAB_PRESET, process.cwd())',
    'for (let i = 0; i < 5000; i++) console.log(i);',
    '"next"',
  ];
  const SHORTHAND = [
    `import * as path from 'node:path'; let c = 1, d = 2; const name = 'x';`,
    `const own = 3; const f = (name: string) => ({ name, own, c }); ({ c, d = 7 } = { c: 5 } as { c: number; d?: number });`,
    `console.log(JSON.stringify([{ c, d, name }, f('y'), Object.keys({ path })]));`,
  ];
  const DISPLAYS = [
    `import { newDisplay, display } from 'tslab'; const shown = newDisplay(); shown.text('first'); display.html('<b>x</b>');`,
    `shown.text('second');`,
  ];
  // One kernel for all of them, which is most of the time that each would take.
  const events: CellEvent[] = [];
  let run: NotebookRun;
  let cells: NotebookCell[];
  before(async () => {
    run = await runCells([...NUMBERS, ...SHORTHAND, ...DISPLAYS], {
      env: { MODULAB_PRESET: 'smoke' },
      onCell: (event) => events.push(event),
    });
    cells = run.notebook.cells;
  });

  test('share variables, may await, and are counted', (t) => {
    assert.equal(run.failure, null);
    assert.deepEqual(
      cells.map((c) => c.execution_count),
      cells.map((_, i) => i + 1),
    );
    assert.equal(valueOf(cells[2]), '41');
    t.diagnostic(
      `kernel start ${Math.round(run.kernelStartMs)} ms, first result ${Math.round(run.firstResultMs ?? 0)} ms`,
    );
  });

  test('get the environment, the folder and the progress callback', () => {
    assert.equal(written(cells[3], 'stdout'), `smoke ${fs.realpathSync(folder)}\n`);
    const fourth = events.findIndex((e) => e.type === 'start' && e.number === 4);
    assert.deepEqual(
      events.slice(fourth, fourth + 3).map((e) => e.type),
      ['start', 'output', 'end'],
    );
  });

  test('may write thousands of lines in one go without losing one', () => {
    const expected = Array.from({ length: 5000 }, (_, i) => `${i}\n`).join('');
    assert.equal(written(cells[4], 'stdout'), expected);
    assert.equal(valueOf(cells[5]), 'next');
  });

  test('may use variables of earlier cells as shorthand properties', () => {
    const expected = [{ c: 5, d: 7, name: 'x' }, { name: 'y', own: 3, c: 5 }, ['path']];
    assert.deepEqual(JSON.parse(written(cells[NUMBERS.length + 2], 'stdout')), expected);
  });

  test('show and update displays, also of an earlier cell', () => {
    const [first, second] = cells.slice(-DISPLAYS.length);
    assert.deepEqual(first.outputs, [
      { output_type: 'display_data', data: { 'text/plain': 'second' }, metadata: {} },
      { output_type: 'display_data', data: { 'text/html': '<b>x</b>' }, metadata: {} },
    ] satisfies CellOutput[]);
    assert.deepEqual(second.outputs, []);
  });

  test("find modulab's types and code in a sub-folder of the project, and elsewhere", async (t) => {
    const cells = [
      `import { tf } from 'modulab';`,
      `import * as fs from 'node:fs'; const n: number = tf.tensor1d([1, 2]).sum().dataSync()[0]; console.log(n, fs.existsSync('.'));`,
      `const wrong: string = tf.tensor1d([1]);`,
    ];
    for (const [place, kernels] of [
      [inside, lanesInside],
      [folder, lanes],
    ] as const) {
      const notebook = writeCells(path.join(place, 'import.ipynb'), ...cells);
      const run = await kernels.use((kernel) => runNotebook(notebook, { kernel }));
      assert.deepEqual(
        run.cells.map((c) => c.status),
        ['ok', 'ok', 'error'],
        run.failure ?? '',
      );
      assert.equal(written(run.notebook.cells[1], 'stdout'), '3 true\n');
      assert.match(run.failure ?? '', /cell 3 of 3 failed: const wrong/);
      assert.match(run.failure ?? '', /1:7 - Type 'Tensor1D' is not assignable to type 'string'/);
      t.diagnostic(`${place}: first import ${Math.round(run.cells[0].ms)} ms`);
    }
  });

  test("prefer the packages of the notebook's own folder", async () => {
    const own = path.join(folder, 'own', 'node_modules', 'pngjs');
    fs.mkdirSync(own, { recursive: true });
    fs.writeFileSync(
      path.join(own, 'package.json'),
      '{ "name": "pngjs", "version": "0.0.1", "main": "index.js", "types": "index.d.ts" }',
    );
    fs.writeFileSync(path.join(own, 'index.js'), 'exports.mine = "mine";');
    fs.writeFileSync(path.join(own, 'index.d.ts'), 'export const mine: string;');
    const notebook = writeCells(path.join(folder, 'own', 'sub', 'n.ipynb'), `import { mine } from 'pngjs'; mine`);
    const run = await runNotebook(notebook);
    assert.equal(run.failure, null);
    assert.equal(valueOf(run.notebook.cells[0]), 'mine');
  });
});

test('packages that change on disk between cells are taken anew, and stop nothing', async () => {
  const own = path.join(folder, 'changing', 'node_modules', 'changing');
  fs.mkdirSync(own, { recursive: true });
  const types = path.join(own, 'index.d.ts');
  fs.writeFileSync(path.join(own, 'package.json'), '{ "name": "changing", "main": "index.js", "types": "index.d.ts" }');
  fs.writeFileSync(path.join(own, 'index.js'), 'exports.a = 1; exports.b = 2;');
  fs.writeFileSync(types, 'export const a: number;');
  const change = `
    require('fs').writeFileSync(${JSON.stringify(types)}, 'export const a: number; export const b: number;');
    require('fs').utimesSync(${JSON.stringify(path.join(own, 'package.json'))}, new Date(), new Date());
    await new Promise((resolve) => setTimeout(resolve, 1500));`;
  const run = await runNotebook(
    writeCells(
      path.join(folder, 'changing', 'n.ipynb'),
      `import { a } from 'changing'; a`,
      change,
      `import { b } from 'changing'; a + b`,
      change,
      `a + 2 * b`,
    ),
  );
  assert.equal(run.failure, null);
  assert.deepEqual([valueOf(run.notebook.cells[2]), valueOf(run.notebook.cells[4])], ['3', '5']);
});

describe('a run fails at', () => {
  test('a type error, before the cell has run', async () => {
    const run = await runCells(['let ran = "no";', 'ran = "yes";\nconst n: number = "text";', 'ran']);
    assert.deepEqual(
      run.cells.map((c) => c.status),
      ['ok', 'error'],
    );
    assert.match(
      run.cells[1].error ?? '',
      /^Type error: 2:7 - Type 'string' is not assignable to type 'number'\.\n {2}const n/,
    );
    assert.equal(run.notebook.cells[2].execution_count, null);
  });

  test('an exception, whose message the failure carries', async () => {
    const run = await runCells(['throw new Error("no such class: dragon")']);
    assert.match(
      run.failure ?? '',
      /notebook\.ipynb: cell 1 of 1 failed: throw new Error[\s\S]*Error: no such class: dragon/,
    );
  });

  test('a promise that nobody waits for and that is rejected', async () => {
    const run = await runCells([
      'void Promise.reject(new Error("lost"));\nawait new Promise((r) => setTimeout(r, 50));',
    ]);
    assert.equal(run.cells[0].status, 'error');
    assert.match(run.failure ?? '', /UnhandledPromiseRejection: Error: lost/);
  });

  for (const [name, source] of [
    ['an endless loop', 'while (true) {}'],
    ['an endless wait', 'await new Promise(() => {})'],
  ]) {
    test(`${name}, after the time limit`, async () => {
      const run = await runCells(['"before"', source, '"after"'], { timeoutMs: 700 });
      assert.deepEqual(
        run.cells.map((c) => c.status),
        ['ok', 'timeout'],
      );
      assert.match(run.failure ?? '', /cell 2 of 3 took too long: .*\n {2}It ran longer than 0\.7 s/);
      assert.equal(valueOf(run.notebook.cells[0]), 'before');
    });
  }

  test('process.exit() in a cell', async () => {
    const run = await runCells(['"before"', 'process.exit(3)', '"after"']);
    assert.deepEqual(
      run.cells.map((c) => c.status),
      ['ok', 'kernel ended'],
    );
    // Now and then zeromq, in use by the thread that hears of interrupts, aborts a process that exits in the middle of it.
    assert.match(run.failure ?? '', /The kernel ended \((exit code 3|signal SIGABRT)\)/);
  });

  test('an interrupt, with the finished cells written', async () => {
    const interrupt = new AbortController();
    const outFile = path.join(folder, 'interrupted.ipynb');
    const run = await runCells(['"done"', 'console.log("begun"); await new Promise(() => {})', '"never"'], {
      outFile,
      signal: interrupt.signal,
      onCell: (event) => event.type === 'output' && event.lastLine === 'begun' && interrupt.abort(),
    });
    assert.deepEqual(
      run.cells.map((c) => c.status),
      ['ok', 'interrupted'],
    );
    const { cells } = JSON.parse(fs.readFileSync(outFile, 'utf8')) as { cells: NotebookCell[] };
    assert.deepEqual(cells[0].outputs, [
      { output_type: 'execute_result', data: { 'text/plain': ['done'] }, metadata: {}, execution_count: 1 },
    ]);
    assert.equal(cells[2].execution_count, null);
  });

  test('an error that the tag raises-exception allows ends nothing, and is written down', async () => {
    const file = path.join(folder, 'k1.ipynb');
    const outFile = path.join(folder, 'k1 out.ipynb');
    const sources = ['const a: { nothing?: () => void } = {};', 'a.nothing!()', `console.log('next', a)`];
    const run = async (tags: string[]) => {
      const cells = sources.map((source, i) => ({
        ...{ cell_type: 'code', metadata: i === 1 ? { tags } : {}, source, outputs: [], execution_count: null },
      }));
      fs.writeFileSync(file, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
      const command = path.join(__dirname, '..', 'commands', 'notebook.js');
      const child = spawn(process.execPath, [command, file, '--out', outFile], { stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number];
      return { code, cells: readNotebook(outFile).cells };
    };
    const allowed = await run(['raises-exception']);
    assert.equal(allowed.code, 0);
    assert.equal(allowed.cells[1].outputs?.[0].output_type, 'error');
    assert.equal(written(allowed.cells[2], 'stdout'), 'next {}\n');
    const refused = await run(['other']);
    assert.equal(refused.code, 1);
    assert.deepEqual(refused.cells[2].outputs, []);
  });

  test('a signal that has fired already, leaving nothing behind on it', async () => {
    const fired = AbortSignal.abort();
    const run = await runCells(['"never"'], { signal: fired, timeoutMs: 3_600_000 });
    assert.deepEqual(
      run.cells.map((c) => c.status),
      ['interrupted'],
    );
    assert.deepEqual(run.notebook.cells[0].outputs, []);
    assert.equal(getEventListeners(fired, 'abort').length, 0);
  });

  test('a file that is no notebook', async () => {
    const file = path.join(folder, 'no.ipynb');
    fs.writeFileSync(file, '{"cells": []}');
    await assert.rejects(runNotebook(file), DataError);
    fs.writeFileSync(file, '{"cells": [');
    await assert.rejects(runNotebook(file), /no\.ipynb: expected a notebook/);
  });
});

describe('results', () => {
  test('are written without times of execution and folders of this machine when asked', async () => {
    const file = path.join(folder, 'clean.ipynb');
    const source = `console.log('${projectRoot}/lib/index.ts', '${os.homedir()}/x');`;
    const cell = {
      cell_type: 'code',
      id: 'a',
      metadata: { execution: { 'iopub.status.busy': '2020' }, tags: ['slow'] },
      source: [source],
    };
    fs.writeFileSync(file, JSON.stringify({ cells: [cell], metadata: { vscode: {} }, nbformat: 4, nbformat_minor: 5 }));
    const outFile = path.join(folder, 'out', 'clean.ipynb');
    await lanes.use((kernel) => runNotebook(file, { kernel, outFile, clean: true }));
    const { cells, metadata } = JSON.parse(fs.readFileSync(outFile, 'utf8')) as {
      cells: NotebookCell[];
      metadata: Record<string, unknown>;
    };
    assert.deepEqual(cells[0].metadata, { tags: ['slow'] });
    assert.deepEqual(cells[0].outputs, [{ output_type: 'stream', name: 'stdout', text: ['./lib/index.ts ~/x\n'] }]);
    assert.deepEqual(Object.keys(metadata), ['kernelspec', 'language_info']);
    assert.deepEqual(metadata.kernelspec, {
      name: 'modulab',
      display_name: 'TypeScript (modulab)',
      language: 'typescript',
    });
    assert.deepEqual(fs.readdirSync(path.dirname(outFile)), ['clean.ipynb']);
  });
});

test("a clean result keeps its slashes where the home folder is '/', empty or not known", async (t) => {
  for (const home of ['/', '', null]) {
    t.mock.method(os, 'homedir', () => {
      if (home === null) throw new Error('ENOENT: no such file or directory, uv_os_homedir');
      return home;
    });
    const run = await runCells([`console.log('images/s', 1 / 2)`], { clean: true });
    assert.equal(run.failure, null);
    assert.equal(written(run.notebook.cells[0], 'stdout'), 'images/s 0.5\n');
    t.mock.restoreAll();
  }
});

describe('the kernel', () => {
  test('leaves no connection file and no process behind', async (t) => {
    const given = process.env.TMPDIR;
    t.after(() => (given === undefined ? delete process.env.TMPDIR : (process.env.TMPDIR = given)));
    process.env.TMPDIR = folder; // kernels of other tests have theirs elsewhere
    const files = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('modulab-kernel-'));
    const earlier = new Set(files());
    const kernel = await KernelProcess.start({ cwd: folder });
    const [connection] = files().filter((name) => !earlier.has(name));
    const file = path.join(os.tmpdir(), connection, 'connection.json');
    const { ip } = JSON.parse(fs.readFileSync(file, 'utf8')) as { ip: string };
    assert.equal(ip, '127.0.0.1');
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    await kernel.shutdown();
    assert.equal(fs.existsSync(path.join(os.tmpdir(), connection)), false);
    assert.match(kernel.exitReason ?? '', /The kernel ended/);
  });

  test('goes on after an interrupt by signal', { skip: process.platform === 'win32' }, async () => {
    const kernel = await KernelProcess.start({ cwd: folder });
    const running = kernel.execute('while (true) {}', () => {});
    setTimeout(() => kernel.signalInterrupt(), 500);
    assert.equal((await running)?.status, 'error');
    assert.equal((await kernel.execute('1 + 1', () => {}))?.status, 'ok');
    await kernel.shutdown();
  });
});

describe('an interrupt', { skip: process.platform === 'win32' && 'Windows has no signals' }, () => {
  test('stops a running primitive and leaves the session usable', async () => {
    await lanesInside.use(interruptTraining);
  });

  async function interruptTraining(kernel: KernelProcess): Promise<void> {
    await kernel.newSession();
    const run = async (code: string): Promise<string> => {
      let text = '';
      await kernel.execute(code, ({ header, content }) => {
        if (header.msg_type === 'stream') text += (content as { text: string }).text;
        if (header.msg_type === 'error') text += (content as { traceback: string[] }).traceback.join('\n');
      });
      return text;
    };
    try {
      await run(`import { openBackend, synthetic, models, fit } from 'modulab';
        const backend = await openBackend({ quiet: true });
        const { train } = synthetic({ trainPerClass: 20 });
        let batches = 0;
        const onProgress = () => { batches++; };`);
      const training = run(
        `await fit(models.weakSimCnnCifar({ width: 1 / 4 }), train, { epochs: 5000, batchSize: 32, onProgress });`,
      );
      await new Promise((resolve) => setTimeout(resolve, 3000));
      kernel.interrupt();
      assert.match(await training, /^Interrupted: Training stopped in epoch \d+ of 5000\. The variables/);
      const count = async () =>
        Number(await run(`await new Promise((r) => setTimeout(r, 700)); console.log(batches);`));
      const [first, second] = [await count(), await count()];
      assert.ok(first > 0, 'training had begun');
      assert.equal(second, first, 'training goes on behind the interrupted cell');
    } finally {
      await kernel.kill();
    }
  }
});
