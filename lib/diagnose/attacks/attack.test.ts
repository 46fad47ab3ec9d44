import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { toTensor } from '../../datasets/tensors.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { attack } from './attack.js';
import { greyImages, linearModel, smallImages, trainedNetwork } from './attacked-networks.fixture.js';
import type { AttackMethod } from './options.js';
import { pixelValues } from './perturbation.js';

let images: ImageSet;
let network: tf.LayersModel;

before(async () => {
  await openBackend({ prefer: 'wasm', quiet: true });
  const { train, test: held } = smallImages(8);
  images = held;
  network = await trainedNetwork(train);
});

const LEVEL = 1 / 255;
const METHODS: AttackMethod[] = [
  { method: 'fgsm', budget: 6 * LEVEL },
  { method: 'fgsm', budget: 0.1, units: 'normalised' },
  { method: 'fgsm', budget: 0.4, norm: 'l2' },
  { method: 'pgd', budget: 6 * LEVEL, steps: 5 },
  { method: 'pgd', budget: 5.3 * LEVEL, steps: 4, restarts: 2, stopEarly: true },
  { method: 'pgd', budget: 0.4, norm: 'l2', steps: 5 },
  { method: 'noise', budget: 6 * LEVEL },
  { method: 'noise', budget: 6 * LEVEL, distribution: 'uniform' },
  { method: 'noise', budget: 0.4, norm: 'l2' },
  { method: 'deepfool' },
  { method: 'deepfool', norm: 'linf' },
  { method: 'cw', searches: 3, steps: 30, learningRate: 0.02 },
];

for (const method of METHODS) {
  const name = Object.values(method).join(' ');
  test(`${name}: within budget and range, repeatable, no leak, and a model that sees the images agrees`, async () => {
    const tensors = tf.memory().numTensors;
    const result = await attack(network, images, { ...method, seed: 3 });
    assert.equal(tf.memory().numTensors, tensors);
    const clean = pixelValues(images.pixels);
    const size = clean.length / images.labels.length;
    const { std } = images.normalisation;
    const { budget, norm, units } = { budget: Infinity, norm: 'linf', units: 'input', ...method };
    assert.ok(result.pixels.every((value) => value >= 0 && value <= 1));
    for (const pixels of [result.pixels, pixelValues(result.images.pixels)]) {
      images.labels.forEach((_, i) => {
        let [sum, untouched] = [0, true];
        for (let j = i * size; j < (i + 1) * size; j++) {
          const change = Math.abs(pixels[j] - clean[j]);
          sum += change ** 2;
          untouched &&= change === 0;
          const limit = norm === 'l2' ? Infinity : units === 'normalised' ? budget * std[j % 3] : budget;
          // Bytes divided by 255 are float32 themselves; what the method leaves is exact.
          assert.ok(change <= limit + (pixels === result.pixels ? 0 : 1e-7), `change ${change} of at most ${limit}`);
        }
        assert.ok(norm !== 'l2' || Math.sqrt(sum) <= budget + (pixels === result.pixels ? 0 : 1e-6));
        assert.ok(untouched || result.attacked[i] === 1, 'images that were wrong before stay as they are');
      });
    }
    const report = await evaluate(network, result.images);
    assert.ok(Math.abs(report.accuracy - result.roundedOutcome.accuracy) <= 1 / images.labels.length);
    const again = await attack(network, images, { ...method, seed: 3, batchSize: 11 });
    if (method.method === 'noise') assert.deepEqual(again.pixels, result.pixels);
    else assert.ok(Math.abs(again.outcome.succeeded - result.outcome.succeeded) <= 1);
    assert.deepEqual((await attack(network, images, { ...method, seed: 3 })).pixels, result.pixels);
  });
}

test('attacks do more harm than noise of their size, PGD at least as much as FGSM', async () => {
  const lost = async (method: AttackMethod) =>
    (await attack(network, images, { ...method, seed: 1 })).outcome.successRate!;
  const clean = await evaluate(network, images);
  assert.ok(clean.accuracy > 0.7, `the network must know its images, it has ${clean.accuracy}`);
  const noise = await lost({ method: 'noise', budget: 8 * LEVEL });
  const fgsm = await lost({ method: 'fgsm', budget: 8 * LEVEL });
  const pgd = await lost({ method: 'pgd', budget: 8 * LEVEL });
  assert.ok(noise < fgsm && fgsm <= pgd, `noise ${noise}, FGSM ${fgsm}, PGD ${pgd}`);
  const l2 = await lost({ method: 'pgd', norm: 'l2', budget: 0.5 });
  const l2Noise = await lost({ method: 'noise', norm: 'l2', budget: 0.5 });
  assert.ok(l2Noise < l2, `L2 noise ${l2Noise}, PGD ${l2}`);
  const free = await attack(network, images, { method: 'deepfool' });
  assert.equal(free.outcome.successRate, 1);
});

test('FGSM is the sign of the loss’s gradient, and PGD of one step without a random start is FGSM', async () => {
  const budget = 4 * LEVEL;
  const result = await attack(network, images, { method: 'fgsm', budget });
  const gradient = tf.tidy(() => {
    const labels = tf.oneHot(tf.tensor1d(images.labels, 'int32'), images.classNames.length);
    const loss = (x: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, network.apply(x) as tf.Tensor);
    return tf.grad(loss)(toTensor(images)).dataSync();
  });
  const clean = pixelValues(images.pixels);
  const size = clean.length / images.labels.length;
  let [checked, different] = [0, 0];
  clean.forEach((value, i) => {
    // Where the gradient is next to nothing, rounding decides its sign.
    if (result.attacked[Math.floor(i / size)] === 0 || Math.abs(gradient[i]) < 1e-6) return;
    checked++;
    const expected = Math.min(1, Math.max(0, value + budget * Math.sign(gradient[i])));
    if (Math.abs(result.pixels[i] - expected) > 1e-6) different++;
  });
  assert.ok(checked > 1000 && different <= 0.001 * checked, `${different} of ${checked} differ`);
  const pgd = await attack(network, images, { method: 'pgd', budget, steps: 1, stepSize: budget, randomStart: false });
  assert.deepEqual(pgd.pixels, result.pixels);
});

test('on a linear model DeepFool goes to the nearest boundary, and C&W nearly', async () => {
  const { model, weights, classes } = linearModel(images);
  const grey = greyImages(12, images, model);
  const { mean, std } = grey.normalisation;
  const size = weights.length / classes;
  const distances = { l2: new Float64Array(12), linf: new Float64Array(12) };
  grey.labels.forEach((label, i) => {
    const input = Float64Array.from(
      { length: size },
      (_, j) => (grey.pixels[i * size + j] / 255 - mean[j % 3]) / std[j % 3],
    );
    for (const norm of ['l2', 'linf'] as const) distances[norm][i] = Infinity;
    for (let c = 0; c < classes; c++) {
      if (c === label) continue;
      let [gap, squares, magnitudes] = [0, 0, 0];
      for (let j = 0; j < size; j++) {
        const w = weights[j * classes + label] - weights[j * classes + c];
        gap += w * input[j];
        squares += (w / std[j % 3]) ** 2;
        magnitudes += Math.abs(w / std[j % 3]);
      }
      distances.l2[i] = Math.min(distances.l2[i], gap / Math.sqrt(squares));
      distances.linf[i] = Math.min(distances.linf[i], gap / magnitudes);
    }
  });
  for (const norm of ['l2', 'linf'] as const) {
    const found = await attack(model, grey, { method: 'deepfool', norm, overshoot: 0.02 });
    assert.equal(found.outcome.successRate, 1);
    found[norm].forEach((distance, i) => {
      const expected = 1.02 * distances[norm][i];
      assert.ok(Math.abs(distance - expected) < 1e-3 * expected + 1e-6, `${norm}: ${distance}, expected ${expected}`);
    });
  }
  const settings = { method: 'cw', searches: 8, steps: 150, learningRate: 0.005 } as const;
  const found = await attack(model, grey, settings);
  assert.equal(found.outcome.successRate, 1);
  found.l2.forEach((distance, i) => {
    assert.ok(distance >= 0.999 * distances.l2[i], 'nothing is nearer than the boundary');
    assert.ok(distance < 1.1 * distances.l2[i] + 0.002, `${distance}, boundary at ${distances.l2[i]}`);
  });
});

test('attacks can aim at a class', async () => {
  for (const method of [
    { method: 'pgd', budget: 24 * LEVEL, steps: 15 },
    { method: 'cw', searches: 3, steps: 50, learningRate: 0.02 },
  ] as const) {
    const result = await attack(network, images, { ...method, target: images.classNames[1] });
    assert.equal(result.target, images.classNames[1]);
    assert.ok(result.outcome.successRate! > 0.7, `${method.method}: ${result.outcome.successRate}`);
    const hit = Array.from(result.predicted).filter((c, i) => result.attacked[i] === 1 && c === 1).length;
    assert.equal(hit, result.outcome.succeeded);
    assert.ok(images.labels.every((label, i) => label !== 1 || result.attacked[i] === 0));
  }
  const sure = await attack(network, images, {
    method: 'cw',
    searches: 3,
    steps: 60,
    learningRate: 0.02,
    confidence: 2,
  });
  const near = await attack(network, images, { method: 'cw', searches: 3, steps: 60, learningRate: 0.02 });
  assert.ok(sure.outcome.l2!.mean > near.outcome.l2!.mean, 'more confidence takes a longer way');
});

test('a softmax at the end is taken off, and a model that surgery cannot trace is attacked all the same', async () => {
  const nestedModel = tf.sequential({ layers: [network, tf.layers.softmax()] });
  const nested = await attack(nestedModel, images, { method: 'fgsm', budget: 4 * LEVEL });
  const plain = await attack(network, images, { method: 'fgsm', budget: 4 * LEVEL });
  assert.ok(Math.abs(nested.outcome.succeeded - plain.outcome.succeeded) <= 1);
});

test('backends agree', async (t) => {
  const backends = ['wasm', 'onednn'].filter((name) => tf.findBackendFactory(name) !== null);
  if (backends.length < 2) return t.skip(`only ${backends.join()} is open here`);
  const own = tf.getBackend();
  const results = [];
  for (const backend of backends) {
    await tf.setBackend(backend);
    results.push(await attack(network, images, { method: 'pgd', budget: 4 * LEVEL, steps: 3, seed: 2 }));
  }
  await tf.setBackend(own);
  const [a, b] = results;
  const differing = a.pixels.filter((value, i) => Math.abs(value - b.pixels[i]) > 1e-5).length;
  assert.ok(differing < 0.02 * a.pixels.length, `${differing} of ${a.pixels.length} differ`);
  assert.ok(Math.abs(a.outcome.succeeded - b.outcome.succeeded) <= 1);
});

test('an interrupted attack goes on from its checkpoint with the same result', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attack-'));
  const checkpoint = path.join(folder, 'attack.ckpt');
  const method = { method: 'pgd', budget: 4 * LEVEL, steps: 3, seed: 4, batchSize: 8 } as const;
  const whole = await attack(network, images, method);
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    attack(network, images, { ...method, checkpoint, signal: stopAfter(9) }),
    (e) => e instanceof InterruptedError && /after \d+ of 32 images; the next call/.test(e.message),
  );
  const seen: number[] = [];
  const resumed = await attack(network, images, { ...method, checkpoint, onProgress: (e) => seen.push(e.done) });
  assert.ok(
    seen.every((done) => done >= 8),
    'finished images are not done again',
  );
  assert.deepEqual(resumed, whole);
  assert.equal(tf.memory().numTensors, tensors);
  await assert.rejects(attack(network, images, { ...method, seed: 5, checkpoint }), OptionError);
  fs.rmSync(folder, { recursive: true });
});

test('what makes no sense is refused with what was expected', async () => {
  const refuse = (options: object, message: RegExp) =>
    assert.rejects(
      attack(network, images, options as never),
      (e) => e instanceof OptionError && message.test(e.message),
    );
  await refuse({ method: 'bim', budget: 0.1 }, /'fgsm', 'pgd', 'deepfool', 'cw' or 'noise', got 'bim'/);
  await refuse({ method: 'fgsm' }, /budget: expected a number from 0 on, got undefined/);
  await refuse({ method: 'fgsm', budget: 8 }, /0 to 1.*divide by 255/);
  await refuse({ method: 'pgd', budget: -1 }, /budget/);
  await refuse({ method: 'pgd', budget: 0.1, steps: 0 }, /steps: expected a whole number/);
  await refuse({ method: 'pgd', budget: 0.1, restarts: 2, randomStart: false }, /restarts/);
  await refuse({ method: 'pgd', budget: 0.1, norm: 'l1' }, /norm: expected 'linf' or 'l2', got 'l1'/);
  await refuse({ method: 'fgsm', budget: 0.1, norm: 'l2', units: 'normalised' }, /units/);
  await refuse({ method: 'noise', budget: 0.1, distribution: 'gaussian' }, /distribution/);
  await refuse({ method: 'deepfool', target: 0 }, /cannot aim/);
  await refuse({ method: 'fgsm', budget: 0.1, target: 'zebra' }, /target: expected one of/);
  await refuse({ method: 'cw', learningRate: 0 }, /learningRate/);
  await refuse({ method: 'fgsm', budget: 0.1, batchSize: 0 }, /batchSize/);
  const dilated = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 2, kernelSize: 3, dilationRate: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4 }),
    ],
  });
  await assert.rejects(
    attack(dilated, images, { method: 'fgsm', budget: 0.1 }),
    (e) => e instanceof ModelError && /dilation/.test(e.message),
  );
});
