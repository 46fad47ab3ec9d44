import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Dealer } from 'zeromq';
import { projectRoot } from '../session/project-root.js';
import { decodeMessage, encodeMessage, type JupyterMessage } from './jupyter-message.js';
import { KernelProcess } from './kernel-process.js';

let kernel: KernelProcess;
before(async () => {
  kernel = await KernelProcess.start({ cwd: projectRoot });
});
after(() => kernel.kill());

interface Run {
  reply: Record<string, unknown>;
  messages: JupyterMessage[];
}

/** Runs a cell with all that the protocol lets one say about it. */
async function execute(code: string, options: Record<string, unknown> = {}): Promise<Run> {
  const messages: JupyterMessage[] = [];
  const reply = await kernel.ask('execute_request', { code, ...options }, (message) => messages.push(message));
  return { reply, messages };
}

const contents = ({ messages }: Run, type: string) =>
  messages.filter(({ header }) => header.msg_type === type).map(({ content }) => content);
const count = async () => Number((await execute('', { store_history: false })).reply.execution_count);

describe('an execution', () => {
  test('gives its value as execute_result with its number', async () => {
    const run = await execute('1 + 1');
    const [result] = contents(run, 'execute_result');
    assert.deepEqual(result.data, { 'text/plain': '2' });
    assert.equal(result.execution_count, run.reply.execution_count);
    assert.deepEqual(contents(await execute('undefined'), 'execute_result'), []);
  });

  test('that is silent tells nothing and counts nothing', async () => {
    const before = await count();
    const run = await execute('const silently = 5; console.log(silently); silently', { silent: true });
    assert.deepEqual(run.messages, []);
    assert.equal(run.reply.status, 'ok');
    assert.equal(await count(), before);
    assert.deepEqual(contents(await execute('silently'), 'execute_result')[0].data, { 'text/plain': '5' });
  });

  test('that is not stored counts nothing', async () => {
    const before = await count();
    const run = await execute('7', { store_history: false });
    assert.equal(contents(run, 'execute_result').length, 1);
    assert.equal(await count(), before);
    const { history } = await kernel.ask('history_request', { hist_access_type: 'tail', n: 1 });
    assert.notEqual((history as [number, number, string][])[0][2], '7');
  });

  test('gives the values of expressions', async () => {
    const { reply } = await execute('const seven = 7;', { user_expressions: { a: 'seven + 1', b: 'nothing' } });
    const { a, b } = reply.user_expressions as Record<string, Record<string, unknown>>;
    assert.deepEqual(a, { status: 'ok', data: { 'text/plain': '8' }, metadata: {} });
    assert.deepEqual([b.status, b.ename], ['error', 'Type error']);
  });

  test('can clear what it has shown', async () => {
    assert.deepEqual(contents(await execute('console.clear()'), 'clear_output'), [{ wait: false }]);
  });

  test('begins and ends with a status, in this order around everything else', async () => {
    const types: string[] = [];
    const state = ({ header, content }: JupyterMessage) =>
      types.push(header.msg_type === 'status' ? String(content.execution_state) : header.msg_type);
    await kernel.ask('execute_request', { code: 'console.log(1); 2' }, state, true);
    assert.deepEqual(types, ['busy', 'execute_input', 'stream', 'execute_result', 'idle']);
  });
});

describe('requests', () => {
  test('for information are answered with a status', async () => {
    const info = await kernel.ask('kernel_info_request', {});
    assert.equal(info.status, 'ok');
    assert.equal((info.language_info as { name: string }).name, 'typescript');
  });

  test('for history find by range, tail and pattern', async () => {
    await execute('"find me"');
    const find = async (request: Record<string, unknown>) =>
      (await kernel.ask('history_request', request)).history as [number, number, unknown][];
    const [[, number, input]] = await find({ hist_access_type: 'search', pattern: '*find m?*', n: 1 });
    assert.equal(input, '"find me"');
    assert.deepEqual(
      await find({ hist_access_type: 'range', session: 0, start: number, stop: number + 1, output: true }),
      [[1, number, ['"find me"', 'find me']]],
    );
    assert.equal((await find({ hist_access_type: 'tail', n: 2 })).length, 2);
    assert.deepEqual(await find({ hist_access_type: 'search', pattern: 'nowhere', n: 1 }), []);
  });

  test('whether a cell is complete', async () => {
    const status = async (code: string) => (await kernel.ask('is_complete_request', { code })).status;
    const answers = {
      'const = 5': 'invalid',
      '`open': 'incomplete',
      'f?': 'complete',
      'f(': 'incomplete',
      'f()': 'complete',
    };
    for (const [code, expected] of Object.entries(answers)) assert.equal(await status(code), expected, code);
  });

  test('for completion count characters, not code units', async () => {
    await execute('const größe = 1;');
    const code = '"🙂"; größ';
    const { matches, cursor_start, cursor_end } = await kernel.ask('complete_request', { code, cursor_pos: 9 });
    assert.ok((matches as string[]).includes('größe'));
    assert.deepEqual([cursor_start, cursor_end], [5, 9]);
  });

  test('about widgets close them, and disturb nothing', async () => {
    const closed = new Promise<Record<string, unknown>>((resolve) => {
      void kernel.tell('comm_open', { comm_id: 'c1', target_name: 'jupyter.widget', data: {} }, (message) => {
        if (message.header.msg_type === 'comm_close') resolve(message.content);
      });
    });
    assert.equal((await closed).comm_id, 'c1');
    await kernel.tell('comm_msg', { comm_id: 'c1', data: {} });
    assert.deepEqual(await kernel.ask('comm_info_request', {}), { status: 'ok', comms: {} });
  });
});

describe('an input', { timeout: 120_000 }, () => {
  let answers: string[] = [];
  let prompts: string[] = [];
  let stdin: Dealer;
  before(async () => {
    const { ip, stdin_port, key } = kernel.connection;
    stdin = new Dealer({ linger: 0, routingId: kernel.identity });
    stdin.connect(`tcp://${ip}:${stdin_port}`);
    await new Promise((resolve) => setTimeout(resolve, 200)); // until the socket is connected
    void (async () => {
      for await (const frames of stdin) {
        const { header, content } = decodeMessage(key, frames);
        prompts.push(String(content.prompt));
        const reply = encodeMessage(key, 's', 'input_reply', { value: answers.shift() ?? '' }, header);
        await stdin.send(reply.frames);
      }
    })();
  });
  after(() => stdin.close());

  /** Answers requests for input as a front end does. */
  async function answering(code: string, given: string[]): Promise<Run & { prompts: string[] }> {
    [answers, prompts] = [[...given], []];
    return { ...(await execute(code, { allow_stdin: true })), prompts };
  }
  const textOf = (run: Run) =>
    contents(run, 'stream')
      .map(({ text }) => text)
      .join('');

  test('of readline, of stdin and of dialogs is asked for in the notebook', async () => {
    const question = await answering(
      `import { createInterface } from 'node:readline/promises';
       const rl = createInterface({ input: process.stdin, output: process.stdout });
       const name = await rl.question('Name? '); rl.close(); console.log('Hello', name);`,
      ['Ann'],
    );
    assert.equal(question.reply.status, 'ok', JSON.stringify(question.reply));
    assert.match(textOf(question), /Name\? [^]*Hello Ann\n/);
    const data = await answering(
      `console.log(String(await new Promise((resolve) => process.stdin.once('data', resolve))).trim().toUpperCase()); process.stdin.pause();`,
      ['typed'],
    );
    assert.equal(textOf(data), 'TYPED\n');
    const dialogs = await answering(`console.log(prompt('Age?'), confirm('Sure?'), prompt('Empty?', 'none'));`, [
      '7',
      'y',
      '',
    ]);
    assert.equal(textOf(dialogs), '7 true none\n');
    assert.deepEqual(dialogs.prompts, ['Age? ', 'Sure? [y/N] ', 'Empty? ']);
  });

  test('that nobody can give ends the cell with a clear sentence', async () => {
    for (const code of [
      `prompt('Name?')`,
      `import { createInterface as make } from 'node:readline/promises';
       await make({ input: process.stdin, output: process.stdout }).question('Name? ');`,
    ]) {
      const { reply } = await execute(code, { allow_stdin: false });
      assert.match(String(reply.evalue), /^No input here: this client cannot ask anybody\./, code);
    }
  });
});

describe('values are shown as what they are', () => {
  const dataOf = async (code: string) =>
    contents(await execute(code), 'execute_result')[0]?.data as Record<string, unknown>;
  const textOf = async (code: string) => String((await dataOf(code))['text/plain']);

  test('those of Node as text', async () => {
    assert.equal(await textOf('new Map([[1, new Set([2])]])'), 'Map(1) { 1 => Set(1) { 2 } }');
    assert.equal(await textOf('Float32Array.of(1, 2)'), 'Float32Array(2) [ 1, 2 ]');
    assert.equal(await textOf('Promise.resolve(1)'), 'Promise { 1 }');
    assert.equal(await textOf('"two\\nlines"'), 'two\nlines');
  });

  test('tensors by their values, models by their summary, data frames as tables', async () => {
    await execute(`import { tf, models, plot, tableOf, evaluate, synthetic, openBackend } from 'modulab';`);
    assert.equal(await textOf('tf.tensor([1, 2, 3])'), 'Tensor [3] float32 [ 1, 2, 3 ]');
    assert.equal(await textOf('tf.variable(tf.scalar(5))'), 'Tensor [] float32 [ 5 ]');
    assert.match(await textOf('tf.range(0, 100)'), /^Tensor \[100\] float32\n *\[0, 1, 2, \.\.\., 97, 98, 99\]$/);
    assert.match(await textOf('models.simCnn({ width: 1 / 16 })'), /Layer \(type\)[^]*Total params/);
    assert.match(await textOf(`plot.table([{ class: 'cat', f1: 0.25 }]).frame()`), /class[^]*cat/);
  });

  test('figures as pictures, tables and reports as tables', async () => {
    const table = await dataOf(`plot.table([{ class: 'cat', f1: 0.25 }])`);
    assert.match(String(table['text/html']), /<table[^]*cat/);
    const report = await dataOf(`await openBackend({ quiet: true });
      await evaluate(models.simCnn({ width: 1 / 16 }), synthetic({ trainPerClass: 1, testPerClass: 1 }).test)`);
    assert.match(String(report['text/html']), /<table/);
    assert.match(String(report['text/plain']), /F1/);
    const figure = await dataOf(
      'plot.of(await evaluate(models.simCnn({ width: 1 / 16 }), synthetic({ trainPerClass: 1, testPerClass: 1 }).test))',
    );
    assert.ok('application/vnd.plotly.v1+json' in figure && 'image/png' in figure, Object.keys(figure).join());
  });

  test('anything by its own method, whose failure is told', async () => {
    const own = `({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x' }) })`;
    assert.deepEqual(await dataOf(own), { 'text/html': '<b>x</b>', 'text/plain': 'x' });
    assert.match(
      await textOf(`({ [Symbol.for('Jupyter.display')]() { throw new Error('no'); } })`),
      /cannot be shown: Error: no/,
    );
  });
});

const PYTHON = process.env.MODULAB_JUPYTER_PYTHON ?? 'python3';
const hasTests = spawnSync(PYTHON, ['-c', 'import jupyter_kernel_test']).status === 0;

test(
  "Jupyter's own test of kernels passes",
  { skip: !hasTests && `${PYTHON} has no jupyter_kernel_test (PyPI)` },
  () => {
    const file = path.join(projectRoot, 'kernel-config', 'kernel', 'jupyter-protocol.fixture.py');
    const { status, stderr } = spawnSync(PYTHON, [file], {
      encoding: 'utf8',
      env: { ...process.env, JUPYTER_PATH: path.join(projectRoot, 'kernel-config') },
    });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /skipped/);
  },
);
