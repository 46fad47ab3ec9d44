import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import type { BackendHost } from './candidate.js';
import { backendOpener } from './open-backend.js';

/** A machine with the given packages; a package that is an Error throws it when it is loaded. */
function machine(packages: Record<string, unknown>, change: Partial<BackendHost> = {}) {
  const lines: string[] = [];
  const activated: string[] = [];
  const wasmKernels = { added: 0 };
  const host: BackendHost = {
    nodeVersion: '20.19.0',
    environmentChoice: undefined,
    load(id) {
      const name = id.replace(/\/package\.json$/, '');
      if (!(name in packages))
        throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
      if (id !== name) return { version: (packages[name] as { version?: string }).version ?? '4.22.0' };
      if (packages[name] instanceof Error) throw packages[name];
      return packages[name];
    },
    hasNvidiaGpu: () => false,
    activate(name) {
      activated.push(name);
      return Promise.resolve(true);
    },
    activeName: () => activated[activated.length - 1],
    registerOneDnn: () => {
      throw new Error('not built');
    },
    addWasmKernels: () => void wasmKernels.added++,
    print: (line) => void lines.push(line),
    ...change,
  };
  return { open: backendOpener(host), lines, activated, wasmKernels };
}

const BUNDLED = { '@tensorflow/tfjs-backend-wasm': {}, '@tensorflow/tfjs-backend-cpu': {} };
const SHIM = { '@tensorflow/tfjs-node': { version: '4.22.0-shim.0' } };
const GPU = '@tensorflow/tfjs-node-gpu';

test('without the native addon wasm computes, and the line says what is missing', async () => {
  const { open, lines, wasmKernels } = machine({ ...BUNDLED, ...SHIM });
  assert.deepEqual(await open(), {
    name: 'wasm',
    version: '4.22.0',
    skipped: [
      { name: 'tfjs-node-gpu', reason: 'not installed' },
      { name: 'tfjs-node', reason: 'not installed' },
      { name: 'onednn', reason: 'not built' },
    ],
  });
  assert.deepEqual(lines, [
    'modulab computes with wasm 4.22.0 (tfjs-node-gpu: not installed; tfjs-node: not installed; onednn: not built)',
  ]);
  assert.equal(wasmKernels.added, 1);
});

const NATIVE: Partial<BackendHost> = { registerOneDnn: () => ({ version: '2.6.3', threads: 4 }) };

test('the native addon comes before wasm, and after tfjs-node', async () => {
  const { open, lines, activated, wasmKernels } = machine(BUNDLED, NATIVE);
  const skipped = ['tfjs-node-gpu', 'tfjs-node'].map((name) => ({ name, reason: 'not installed' }));
  assert.deepEqual(await open(), { name: 'onednn', version: '2.6.3', note: '4 threads', skipped });
  assert.deepEqual(lines, [
    'modulab computes with onednn 2.6.3 (4 threads; tfjs-node-gpu: not installed; tfjs-node: not installed)',
  ]);
  assert.deepEqual(activated, ['onednn']);
  assert.equal(wasmKernels.added, 0);
  const node = machine({ ...BUNDLED, '@tensorflow/tfjs-node': {} }, NATIVE);
  assert.equal((await node.open()).name, 'tfjs-node');
  const single = machine(BUNDLED, { registerOneDnn: () => ({ version: '3.5.0', threads: 1 }) });
  assert.equal((await single.open()).note, '1 thread');
});

test('the native addon can be asked for, and passed over', async () => {
  const asked = machine(BUNDLED);
  assert.equal((await asked.open({ prefer: 'onednn' })).name, 'wasm');
  assert.match(asked.lines[0], /wasm 4\.22\.0, not with onednn as asked \(onednn: not built; /);
  assert.equal((await machine(BUNDLED, NATIVE).open({ prefer: 'wasm' })).name, 'wasm');
  assert.equal((await machine(BUNDLED, { ...NATIVE, environmentChoice: 'onednn' }).open()).name, 'onednn');
});

test('tfjs-node-gpu comes first, then tfjs-node', async () => {
  const both = machine({ ...BUNDLED, '@tensorflow/tfjs-node': {}, [GPU]: {} });
  assert.equal((await both.open()).name, 'tfjs-node-gpu');
  assert.deepEqual(both.activated, ['tensorflow']);
  const cpuOnly = machine({ ...BUNDLED, '@tensorflow/tfjs-node': {} });
  assert.equal((await cpuOnly.open()).name, 'tfjs-node');
  assert.deepEqual(cpuOnly.activated, ['tensorflow']);
});

test('tfjs-node-gpu without a usable GPU says so', async () => {
  const { open, lines } = machine({ ...BUNDLED, [GPU]: { backend: () => ({ isUsingGpuDevice: false }) } });
  assert.match((await open()).note ?? '', /no usable GPU/);
  assert.match(lines[0], /tfjs-node-gpu 4\.22\.0 \(TensorFlow found no usable GPU/);
});

test('an NVIDIA GPU without tfjs-node-gpu brings the install command', async () => {
  const old = machine(BUNDLED, { hasNvidiaGpu: () => true });
  await old.open();
  assert.match(old.lines[0], /NVIDIA GPU: npm i --no-save @tensorflow\/tfjs-node-gpu@4\.22\.0;/);
  const young = machine(BUNDLED, { hasNvidiaGpu: () => true, nodeVersion: '24.1.0' });
  await young.open();
  assert.match(young.lines[0], /4\.22\.0 \(with Node 20 or 22\)/);
});

test('tfjs-node is skipped on Node 23 and newer', async () => {
  const { open } = machine({ ...BUNDLED, '@tensorflow/tfjs-node': {} }, { nodeVersion: '23.0.1' });
  const report = await open();
  assert.equal(report.name, 'wasm');
  assert.match(report.skipped[1].reason, /breaks on Node 23 and newer \(this is 23\.0\.1\)/);
});

test('a package that was installed without its binary is skipped with the first line of its error', async () => {
  const broken = new Error('The Node.js native addon module (tfjs_binding.node) can not be found\nat path: …');
  const { open } = machine({ ...BUNDLED, [GPU]: broken });
  const { skipped } = await open();
  assert.equal(
    skipped[0].reason,
    'does not load: The Node.js native addon module (tfjs_binding.node) can not be found',
  );
});

test('a backend that does not start is skipped, whether it says false or throws', async () => {
  const refused = machine(BUNDLED, { activate: (name) => Promise.resolve(name === 'cpu') });
  assert.deepEqual((await refused.open()).skipped.at(-1), { name: 'wasm', reason: 'does not start' });
  const thrown = machine(BUNDLED, {
    activate: (name) => (name === 'cpu' ? Promise.resolve(true) : Promise.reject(new Error('no SIMD'))),
  });
  const report = await thrown.open();
  assert.equal(report.name, 'cpu');
  assert.deepEqual(report.skipped.at(-1), { name: 'wasm', reason: 'does not start: no SIMD' });
});

test('a preference is tried first; if it is not there the next best is opened', async () => {
  const there = machine(BUNDLED);
  assert.deepEqual(await there.open({ prefer: 'cpu' }), { name: 'cpu', version: '4.22.0', skipped: [] });
  const missing = machine(BUNDLED);
  assert.equal((await missing.open({ prefer: 'tfjs-node' })).name, 'wasm');
  assert.match(missing.lines[0], /wasm 4\.22\.0, not with tfjs-node as asked \(tfjs-node: not installed; /);
});

test('MODULAB_BACKEND has precedence over the preference', async () => {
  const { open } = machine(BUNDLED, { environmentChoice: 'cpu' });
  assert.equal((await open({ prefer: 'wasm' })).name, 'cpu');
});

test('unknown names are refused with the known ones', async () => {
  const expected = /unknown backend 'cuda'; expected one of tfjs-node-gpu, tfjs-node, onednn, wasm, cpu, webgpu/;
  const isOptionError = (error: unknown): boolean => error instanceof OptionError && expected.test(error.message);
  await assert.rejects(machine(BUNDLED).open({ prefer: 'cuda' as 'cpu' }), isOptionError);
  await assert.rejects(
    machine(BUNDLED, { environmentChoice: 'cuda' }).open(),
    /MODULAB_BACKEND: unknown backend 'cuda'/,
  );
});

test('WebGPU is opened on request only', async () => {
  const dawn = { create: () => ({ requestAdapter: () => Promise.resolve({}) }), globals: {} };
  const packages = { ...BUNDLED, webgpu: dawn, '@tensorflow/tfjs-backend-webgpu': {} };
  assert.equal((await machine(packages).open()).name, 'wasm');
  assert.equal((await machine(packages).open({ prefer: 'webgpu' })).name, 'webgpu');
  const bare = await machine(BUNDLED).open({ prefer: 'webgpu' });
  assert.equal(bare.name, 'wasm');
  assert.match(bare.skipped[0].reason, /webgpu and @tensorflow\/tfjs-backend-webgpu not installed/);
  const noDriver = { ...dawn, create: () => ({ requestAdapter: () => Promise.resolve(null) }) };
  const { skipped } = await machine({ ...packages, webgpu: noDriver }).open({ prefer: 'webgpu' });
  assert.match(skipped[0].reason, /no Vulkan/);
});

test('later calls keep what is open, print nothing, and switch only when asked', async () => {
  const { open, lines, activated } = machine(BUNDLED);
  const [first, second] = await Promise.all([open({ prefer: 'cpu' }), open()]);
  assert.equal(second, first);
  assert.equal(await open({ prefer: 'cpu' }), first);
  assert.equal(lines.length, 1);
  assert.equal((await open({ prefer: 'wasm', quiet: true })).name, 'wasm');
  assert.equal(lines.length, 1);
  assert.deepEqual(activated, ['cpu', 'wasm']);
});

test('the number of threads reaches the native backend, also when it is open', async () => {
  const asked: (number | undefined)[] = [];
  const registerOneDnn = (threads?: number) => {
    asked.push(threads);
    return { version: '2.6.3', threads: threads ?? 4 };
  };
  const { open } = machine(BUNDLED, { registerOneDnn });
  await open({ quiet: true });
  assert.equal((await open({ threads: 1 })).note, '1 thread');
  await open();
  assert.deepEqual(asked, [undefined, 1]);
  await assert.rejects(open({ threads: 0 }), (e) => e instanceof OptionError && /'threads'.*got 0/.test(e.message));
});
