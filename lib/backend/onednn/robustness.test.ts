import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { projectFolder } from '../../run/project-folder.js';
import * as tf from '../../tf.js';
import { loadAddon } from './addon-file.js';
import type { OneDnnBackend } from './backend.js';
import { assertClose, computeOn, random, whyNoAddon } from './compare-with-cpu.fixture.js';

const skip = whyNoAddon();

const floats = (length: number): Float32Array => new Float32Array(length).fill(1);

describe('arguments that do not fit are JavaScript exceptions', { skip }, () => {
  // As in addon/convolution-shape.h: batch, input, output, filter, strides, dilations, padding, groups.
  const shape = [1, 4, 4, 2, 2, 2, 3, 3, 3, 1, 1, 1, 1, 0, 0, 1];
  const changed = (numbers: number[], index: number, value: number): Int32Array => {
    const copy = Int32Array.from(numbers);
    copy[index] = value;
    return copy;
  };
  const product = [1, 1, 1, 2, 3, 4, 0, 0];
  const NAMES = [
    'convolve',
    'convolutionInputGradient',
    'convolutionFilterGradient',
    'convolutionImplementation',
    'matMul',
    'allocate',
    'release',
    'setThreads',
  ] as const;
  const good: Record<(typeof NAMES)[number], unknown[]> = {
    convolve: [Int32Array.from(shape), floats(32), floats(54), floats(3), floats(12), 0, 0, false],
    convolutionInputGradient: [Int32Array.from(shape), floats(12), floats(54), floats(32)],
    convolutionFilterGradient: [Int32Array.from(shape), floats(32), floats(12), floats(54)],
    convolutionImplementation: [Int32Array.from(shape), 0],
    matMul: [Int32Array.from(product), floats(6), floats(12), floats(4), floats(8), 0, 0],
    allocate: [64],
    release: [new ArrayBuffer(8)],
    setThreads: [0],
  };
  type Name = (typeof NAMES)[number];
  const addon =
    skip === undefined ? (loadAddon() as unknown as Record<Name, (...args: unknown[]) => unknown>) : undefined;
  const call = (name: Name, args: unknown[]): unknown => addon![name](...args);

  for (const name of NAMES) {
    test(name, () => {
      const args = good[name];
      if (name !== 'release') call(name, args); // it takes the buffer away
      if (args.length > 0) assert.throws(() => call(name, []), /expected a/);
      args.forEach((value, i) => {
        const wrong: unknown[] = ['7', {}, Symbol('a')];
        if (value instanceof Float32Array) {
          const detached = floats(value.length);
          structuredClone(detached.buffer, { transfer: [detached.buffer] });
          wrong.push(floats(value.length + 1), floats(value.length - 1), new Float64Array(value.length), detached, 3);
        } else if (value instanceof Int32Array) {
          wrong.push(value.slice(1), new Float32Array(value), null, undefined);
        } else if (typeof value === 'number' && i !== 6) {
          wrong.push(-1, 1.5, NaN, Infinity, null, undefined);
        } else if (typeof value === 'boolean') {
          return; // any value is true or false
        }
        for (const bad of wrong) {
          assert.throws(() => call(name, args.with(i, bad)), Error, `argument ${i}`);
        }
      });
    });
  }

  test('shapes that are none, and those whose sizes overflow', () => {
    for (let i = 0; i < shape.length; i++) {
      for (const value of [-1, 2 ** 31 - 1, -(2 ** 31)]) {
        assert.throws(() => call('convolve', good.convolve.with(0, changed(shape, i, value))), Error, `number ${i}`);
      }
    }
    assert.throws(() => call('convolve', good.convolve.with(0, changed(shape, 4, 3))), Error);
    const huge = Int32Array.of(2 ** 30, 2 ** 17, 2 ** 17, 2, 2 ** 30, 2 ** 17, 2, 1, 1, 1, 1, 1, 1, 0, 0, 1);
    assert.throws(() => call('convolve', good.convolve.with(0, huge)), Error);
    for (let i = 0; i < 6; i++) {
      for (const value of [-1, 0, 2 ** 31 - 1]) {
        assert.throws(() => call('matMul', good.matMul.with(0, changed(product, i, value))), Error, `number ${i}`);
      }
    }
    assert.throws(() => call('matMul', good.matMul.with(5, 99)), RangeError);
  });

  test('more memory than there is', () => {
    assert.throws(() => call('allocate', [2 ** 52]), Error);
  });

  test('afterwards all is as before', () => {
    const args = good.matMul.with(4, new Float32Array(8)) as [Int32Array, ...unknown[]];
    call('matMul', args);
    assert.deepEqual([...(args[4] as Float32Array)], new Array(8).fill(4));
  });
});

/** A convolution, a matrix product and element-wise work that fill several threads. */
const compute = (): tf.Tensor[] => {
  const x = random<tf.Rank.R4>([4, 16, 16, 16], 1);
  const y = tf.relu(tf.conv2d(x, random<tf.Rank.R4>([3, 3, 16, 24], 2), 1, 'same'));
  return [y, tf.matMul(y.reshape([64, 384]), random([384, 33], 3)), y.mean([1, 2]), tf.exp(y.neg())];
};

/** Runs the code of `compute` and prints the sums of its results. */
const SCRIPT = `
  const tf = require(${JSON.stringify(path.join(projectFolder(), 'dist/lib/tf.js'))});
  const { registerOneDnn } = require(${JSON.stringify(path.join(projectFolder(), 'dist/lib/backend/onednn/register.js'))});
  const { random } = require(${JSON.stringify(__filename.replace(/robustness\.test\.js$/, 'compare-with-cpu.fixture.js'))});
  const compute = ${compute.toString().replaceAll(/\b\w+\.random\b|\(0, \w+\.random\)/g, 'random')};
  async function sums() {
    registerOneDnn();
    await tf.setBackend('onednn');
    let result;
    for (let i = 0; i < 20; i++) result = tf.tidy(() => compute().map((t) => t.abs().sum().dataSync()[0]));
    return result;
  }
`;

describe('threads and processes', { skip }, () => {
  test('one thread and two give the same', async () => {
    const addon = loadAddon();
    const before = addon.setThreads(0);
    try {
      assert.equal(addon.setThreads(1), 1);
      const single = await computeOn('onednn', compute);
      assert.ok([1, 2].includes(addon.setThreads(2)));
      const double = await computeOn('onednn', compute);
      assertClose(double, single, 1e-5);
      assert.deepEqual(await computeOn('onednn', compute), double, 'the same bits with the same threads');
    } finally {
      addon.setThreads(before);
    }
  });

  test('two workers and the main thread at once', async () => {
    const code = `${SCRIPT} sums().then((s) => require('node:worker_threads').parentPort.postMessage(s));`;
    const workers = [new Worker(code, { eval: true }), new Worker(code, { eval: true })];
    const messages = workers.map((worker) => once(worker, 'message') as Promise<[number[]]>);
    const exits = workers.map((worker) => once(worker, 'exit') as Promise<[number]>);
    const own = (await computeOn('onednn', () => compute().map((t) => t.abs().sum()))).map((v) => v.values[0]);
    for (const [sums] of await Promise.all(messages)) {
      sums.forEach((sum, i) => assert.ok(Math.abs(sum - own[i]) <= 1e-4 * own[i], `${sum} instead of ${own[i]}`));
    }
    for (const [status] of await Promise.all(exits)) assert.equal(status, 0);
    assert.equal((await computeOn('onednn', compute)).length, 4);
  });

  test('a worker that is ended in the middle of its work', async () => {
    const worker = new Worker(`${SCRIPT} sums().then(() => {}); setInterval(() => {}, 1000);`, { eval: true });
    await once(worker, 'online');
    await worker.terminate();
    assert.equal((await computeOn('onednn', compute)).length, 4);
  });

  test('a process of its own', () => {
    const code = `${SCRIPT} sums().then((s) => console.log(JSON.stringify(s)));`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as number[]).length, 4);
  });
});

describe('memory', { skip }, () => {
  const backend = (): OneDnnBackend => tf.backend() as OneDnnBackend;
  const LENGTH = 10_000;
  /** A tensor that a kernel of this backend has made, in a buffer of the pool. */
  const product = (value: number): tf.Tensor => tf.tidy(() => tf.matMul(tf.fill([LENGTH, 1], value), tf.ones([1, 1])));

  test('values that were read stay as they are when the tensor has gone', async () => {
    await tf.setBackend('onednn');
    const a = product(3);
    const values = a.dataSync();
    a.dispose();
    tf.dispose([product(4), product(5), product(6)]);
    assert.ok(values.every((value) => value === 3));
    const b = product(7);
    const later = await b.data();
    b.dispose();
    product(8).dispose();
    assert.ok(later.every((value) => value === 7));
  });

  test('slices, reshapes and clones live longer than what they were taken from', async () => {
    await tf.setBackend('onednn');
    const before = tf.memory().numTensors;
    const a = product(2);
    const parts = [a.slice([0, 0], [LENGTH / 2, 1]), a.slice([LENGTH / 2, 0]), a.reshape([LENGTH]), a.clone()];
    a.dispose();
    tf.dispose([product(4), product(5), product(6)]);
    for (const part of parts) assert.ok(part.dataSync().every((value) => value === 2));
    tf.dispose(parts);
    assert.equal(tf.memory().numTensors, before);
  });

  test('disposed memory is used again, and goes back to the system', async () => {
    await tf.setBackend('onednn');
    const { pool } = backend();
    pool.clear();
    const side = 2048; // 16 MiB
    const ones = tf.ones<tf.Rank.R2>([side, 1]);
    const row = tf.ones<tf.Rank.R2>([1, side]);
    const large = Array.from({ length: 16 }, () => tf.matMul(ones, row));
    const full = process.memoryUsage.rss();
    tf.dispose(large);
    assert.ok(pool.unusedBytes >= 16 * 4 * side * side);
    const unused = pool.unusedBytes;
    tf.matMul(ones, row).dispose();
    assert.equal(pool.unusedBytes, unused);
    pool.clear();
    assert.equal(pool.unusedBytes, 0);

    assert.ok(full - process.memoryUsage.rss() > 200 * 2 ** 20, 'more than 200 of 256 MiB went back');
    tf.dispose([ones, row]);
  });

  test('training steps leave nothing behind', { timeout: 120_000 }, async () => {
    await tf.setBackend('onednn');
    const seed = 1;
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [8, 8, 3],
          filters: 8,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          kernelInitializer: tf.initializers.glorotUniform({ seed }),
        }),
        tf.layers.batchNormalization(),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, kernelInitializer: tf.initializers.glorotUniform({ seed }) }),
      ],
    });
    const optimizer = tf.train.adam(1e-3);
    const x = random([32, 8, 8, 3], 2);
    const y = tf.oneHot(tf.range(0, 32, 1, 'int32').mod(tf.scalar(5, 'int32')), 5);
    const steps = (count: number): void => {
      for (let i = 0; i < count; i++) {
        optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor));
      }
    };
    steps(20);
    const { numTensors, numBytes } = tf.memory();
    const rss = process.memoryUsage.rss();
    steps(40);
    assert.equal(tf.memory().numTensors, numTensors);
    assert.equal(tf.memory().numBytes, numBytes);
    assert.ok(process.memoryUsage.rss() - rss < 100 * 2 ** 20);
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, y]);
  });
});
