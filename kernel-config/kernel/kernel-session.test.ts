import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Request } from 'zeromq';
import { projectRoot } from '../session/project-root.js';
import { type KernelSession, startSession } from './kernel-session.js';

/** What a cell has written, its value, and its failure, where it has failed. */
const told = async (code: string): Promise<string> => {
  const { text, value, error } = await session.run(code);
  return text + value + error;
};

let session: KernelSession;
before(async () => {
  session = await startSession({ cwd: projectRoot });
});
after(() => session.kernel.kill());

test('every port answers: the heartbeat, too', async () => {
  const heartbeat = new Request({ linger: 0, receiveTimeout: 10_000 });
  const { ip, hb_port } = session.kernel.connection;
  heartbeat.connect(`tcp://${ip}:${hb_port}`);
  try {
    await heartbeat.send('ping');
    assert.equal(String(await heartbeat.receive()), 'ping');
  } finally {
    heartbeat.close();
  }
});

describe('what a cell writes', () => {
  test('arrives complete and in order, however much it is, in few messages', async () => {
    const { status, text, types } = await session.run('for (let i = 0; i < 5000; i++) console.log(`line ${i}`);');
    assert.equal(status, 'ok');
    assert.equal(text, Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join(''));
    assert.ok(types.length < 100, `${types.length} messages`);
  });

  test('keeps its place between figures', async () => {
    const { types } = await session.run(
      `import { display } from 'tslab'; for (const x of [1, 2, 3]) { console.log(x); display.text('figure'); }`,
    );
    assert.deepEqual(types, ['execute_input', ...Array.from({ length: 3 }, () => ['stream', 'display_data']).flat()]);
  });
});

describe('a failure', () => {
  test('is an error message, without the frames of the kernel', async () => {
    const { status, error, text, types } = await session.run('console.log("before"); throw new RangeError("too far");');
    assert.deepEqual([status, text, types], ['error', 'before\n', ['execute_input', 'stream', 'error']]);
    assert.match(
      error,
      /^RangeError: too far\n {2}cell \[\d+\], line 1: console\.log\("before"\); throw new RangeError\("too far"\);$/,
    );
  });

  test('that the cell itself has printed is printed once more, as a failure', async () => {
    const { text, error } = await session.run(
      'try { throw new Error("twice"); } catch (error) { console.error(error); throw error; }',
    );
    assert.match(text, /^Error: twice\n/);
    assert.match(error, /^Error: twice\n/);
  });

  test('of a promise, and of the type checker, as well', async () => {
    assert.match((await session.run('await Promise.reject(new Error("late"));')).error, /^Error: late\n/);
    const { error, status } = await session.run('const n: number = "text";');
    assert.equal(status, 'error');
    assert.equal(
      error,
      `Type error: 1:7 - Type 'string' is not assignable to type 'number'.\n  const n: number = "text";\n        ~ TS2322`,
    );
  });
});

describe('behind a failure', () => {
  test('what arrives is run, however soon', async () => {
    assert.equal((await session.run('nothing.at.all;')).status, 'error');
    assert.deepEqual(await session.run('console.log("at once")').then(({ status, text }) => [status, text]), [
      'ok',
      'at once\n',
    ]);
  });

  test('what had been sent before is not, also while the kernel computed', async () => {
    const busy = 'const until = Date.now() + 400; while (Date.now() < until); throw new Error("first");';
    const cells = [busy, 'console.log("second")', 'console.log("third")'].map((code) => session.run(code));
    const runs = await Promise.all(cells);
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['error', 'aborted', 'aborted'],
    );
    assert.equal(runs[1].text + runs[2].text, '');
    assert.equal(await told('"fourth"'), 'fourth');
  });

  test('everything is run where the request says stop_on_error: false', async () => {
    const cells = ['throw new Error("first");', 'console.log("second")'];
    const [first, second] = await Promise.all(
      cells.map((code) => session.run(code, undefined, { stopOnError: false })),
    );
    assert.deepEqual([first.status, second.status, second.text], ['error', 'ok', 'second\n']);
  });
});

describe('the front end', () => {
  test('gets answers where tslab has none', async () => {
    assert.deepEqual(await session.kernel.ask('comm_info_request', {}), { status: 'ok', comms: {} });
  });

  test('completes and explains what modulab exports', async () => {
    await session.run(`import * as modulab from 'modulab'; import { fit, evaluate } from 'modulab';`);
    const names = async (code: string) =>
      (await session.kernel.ask('complete_request', { code, cursor_pos: code.length })).matches as string[];
    assert.ok((await names('modulab.diag')).includes('diagnose'));
    assert.ok((await names('evalu')).includes('evaluate'));
    assert.ok((await names('modulab.models.resn')).includes('resNet20'));
    for (const code of ['fit', 'await fit(model, ']) {
      const about = await session.kernel.ask('inspect_request', { code, cursor_pos: code.length, detail_level: 0 });
      const shown = (about.data as Record<string, string>)['text/plain'];
      assert.match(shown, /fit\(model: /);
      assert.match(shown, /Trains a classifier/);
    }
  });
});

describe('an interrupt', { skip: process.platform === 'win32' && 'Windows has no signals' }, () => {
  test('ends code that never waits', async () => {
    const { error } = await session.interrupted('console.log("begun"); while (true) {}');
    assert.match(error, /^Interrupted: The cell was interrupted\. The variables of earlier cells are still there\./);
    assert.equal(await told('let n0 = 1; n0 + 1'), '2');
  });

  test('ends a wait, and calls that come after it do nothing', async () => {
    await session.run(`import { synthetic, models, evaluate as test, openBackend } from 'modulab';
      await openBackend({ quiet: true });
      const { test: images } = synthetic({ testPerClass: 2 });
      const model = models.simCnn({ width: 1 / 16 });
      let outcome = 'nothing';`);
    const { error } = await session.interrupted(`console.log('begun');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await test(model, images).then(() => { outcome = 'went on'; }, (stopped: Error) => { outcome = stopped.name; });`);
    assert.match(error, /^Interrupted: /);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(await told('outcome'), 'InterruptedError');
    assert.equal(await told('(await test(model, images)).images'), '20');
  });

  test('in the middle of an operation leaves nothing of it behind', async () => {
    await session.run(`import { tf } from 'modulab'; const tensors = tf.memory().numTensors;`);
    const { error } = await session.interrupted(
      `tf.tidy(() => { let x = tf.ones([10]); console.log('begun'); while (true) x = x.mul(1); });`,
    );
    assert.match(error, /^Interrupted: /);
    assert.equal(await told('tf.memory().numTensors - tensors'), '0');
    assert.equal(await told('tf.tidy(() => tf.ones([2]).sum().dataSync()[0])'), '2');
  });
});

describe('a kernel elsewhere', () => {
  let folder: string;
  let elsewhere: KernelSession;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab session é '));
    elsewhere = await startSession({ cwd: folder });
  });
  after(async () => {
    await elsewhere.kernel.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('finds a package that was installed after it had looked for it', async () => {
    const code = `import { a } from 'later'; a`;
    assert.match((await elsewhere.run(code)).error, /Cannot find module 'later'/);
    const own = path.join(folder, 'node_modules', 'later');
    fs.mkdirSync(own, { recursive: true });
    fs.writeFileSync(path.join(own, 'package.json'), '{ "main": "index.js", "types": "index.d.ts" }');
    fs.writeFileSync(path.join(own, 'index.js'), 'exports.a = 7;');
    fs.writeFileSync(path.join(own, 'index.d.ts'), 'export const a: number;');
    const deadline = performance.now() + 20_000;
    let run = await elsewhere.run(code);
    while (run.status === 'error' && performance.now() < deadline) run = await elsewhere.run(code);
    assert.equal(run.value, '7');
  });

  test('begins anew: nothing that was declared is known, cells count from 1, and the environment is as asked', async () => {
    const numbers: unknown[] = [];
    const number = () => elsewhere.kernel.execute('', () => {}).then((reply) => reply?.executionCount);
    for (let i = 0; i < 3; i++) await elsewhere.run('1');
    await elsewhere.run('const declared = 1; process.env.MODULAB_GONE = "yes";');
    numbers.push(await number());
    await elsewhere.kernel.newSession({ MODULAB_GIVEN: 'given', MODULAB_GONE: undefined });
    assert.match((await elsewhere.run('declared')).error, /Cannot find name 'declared'/);
    assert.match((await elsewhere.run('a')).error, /Cannot find name 'a'/);
    const { text } = await elsewhere.run(
      `const declared = 'anew'; console.log(process.env.MODULAB_GIVEN, process.env.MODULAB_GONE, declared);`,
    );
    assert.equal(text, 'given undefined anew\n');
    numbers.push(await number());
    assert.ok(Number(numbers[0]) > 4, numbers.join(' '));
    assert.equal(numbers[1], 4);
  });

  test('ends at once when asked to, whatever cells have left open, and leaves nothing behind', async () => {
    const { kernel, run } = elsewhere;
    const { text, error } = await run(`import * as net from 'node:net'; import { Worker } from 'node:worker_threads';
      const server = net.createServer().listen(0, '127.0.0.1');
      const timer = setInterval(() => {}, 10), worker = new Worker('setInterval(() => {}, 10)', { eval: true });
      await new Promise((resolve) => server.once('listening', resolve));
      console.log((server.address() as net.AddressInfo).port);`);
    assert.equal(error, '');
    await kernel.ask('shutdown_request', { restart: true });
    assert.match(await kernel.exited, /The kernel ended \(exit code 0\)/);
    const refused = new Promise((resolve) => net.connect(Number(text), '127.0.0.1').once('error', resolve));
    assert.equal(((await refused) as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  });
});
