import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

/** Runs a program that has made a model, and tells what it has written. */
function program(code: string): string[] {
  const index = JSON.stringify(path.resolve(__dirname, '..', 'index.js'));
  const source = `
    const { fit, evaluate, split, synthetic, models, tf } = require(${index});
    const { train, test } = synthetic({ trainPerClass: 1, testPerClass: 1 });
    const model = models.simCnn({ width: 1 / 16 });
    (async () => { ${code} })();`;
  const env = { ...process.env, MODULAB_BACKEND: '' };
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', source], { encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

test('a long call opens the fastest backend, once, and says so in a line', () => {
  const lines = program(`
    console.log(tf.getBackend());
    await fit(model, train, { epochs: 1 });
    const { images } = await evaluate(model, test);
    console.log(images, tf.getBackend() === 'cpu', tf.tidy(() => model.predict(tf.zeros([1, 32, 32, 3])).shape[1]));`);
  assert.equal(lines[0], 'cpu');
  assert.match(lines[1], /^modulab computes with (onednn|wasm|tfjs-node)/);
  assert.deepEqual(lines.slice(2), ['10 false 10']);
});

test('a backend that was set stays, also plain JavaScript', () => {
  const lines = program(`
    await tf.setBackend('cpu');
    await evaluate(model, test);
    console.log(tf.getBackend());`);
  assert.deepEqual(lines, ['cpu']);
});

test('one that TensorFlow.js took by itself does not', () => {
  const lines = program(`
    await tf.ready();
    await split(model, test, { method: 'decompose', nPos: 1 });
    console.log(tf.getBackend() === 'cpu');`);
  assert.match(lines[0], /^modulab computes with /);
  assert.equal(lines.at(-1), 'false');
});
