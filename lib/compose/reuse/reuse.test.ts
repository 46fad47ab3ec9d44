import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { toTensor } from '../../datasets/tensors.js';
import { OptionError } from '../../errors.js';
import { KernelModule } from '../../surgery/modules/kernel-module.js';
import { fullSelection } from '../../surgery/trace/kernel-selection.js';
import { traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { composeModules } from '../composed-model.js';
import { moduleF1 } from './module-f1.js';
import { chooseBestModules, indexOfBest } from './reuse-best-modules.js';
import { binaryTask, chooseBinaryModules } from './reuse-binary-task.js';

const CLASSES = ['dark', 'grey', 'light'];
const LEVELS = [0, 128, 255];

before(async () => {
  await openBackend({ quiet: true });
});

/** Images of one brightness per class, some of them labelled as the next class. */
function shades(perClass: number, classNames = CLASSES): ImageSet {
  const labels = Int32Array.from({ length: perClass * 3 }, (_, i) => i % 3);
  const pixels = Uint8Array.from({ length: labels.length * 16 }, (_, i) => LEVELS[labels[Math.floor(i / 16)]]);
  return { pixels, labels, imageShape: [4, 4, 1], classNames, normalisation: { mean: [0.5], std: [0.5] } };
}

/** A module that says yes to brightness (−1 … 1) between two limits, by its head on a logit that is the brightness. */
function moduleOf(targetClass: string, low: number, high: number, classNames = CLASSES): KernelModule {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 1, kernelSize: 4, inputShape: [4, 4, 1], name: 'conv' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const head = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, activation: 'relu', inputShape: [3] }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  tf.tidy(() => {
    model.setWeights([tf.fill([4, 4, 1, 1], 1 / 16), tf.zeros([1]), tf.tensor2d([[1, 0, 0]]), tf.zeros([3])]);
    head.setWeights([tf.tensor2d([[1, -1], [0, 0], [0, 0]]), tf.tensor1d([-high, low]), tf.tensor2d([[-90], [-90]]), tf.tensor1d([9])]); // prettier-ignore
  });
  const provenance = { method: 'test', seed: 0, options: {}, keptRatio: 1 };
  const classIndex = classNames.indexOf(targetClass);
  const selection = fullSelection(traceModel(model));
  return new KernelModule({ targetClass, classIndex, classNames, selection, model, head, provenance });
}

test('F1 of a module: yes above 0.5 against images of its class', async () => {
  const set = shades(4);
  assert.equal(await moduleF1(moduleOf('dark', -2, -0.5), set), 1);
  // says yes to dark and grey: 4 hits, 4 false alarms
  assert.equal(await moduleF1(moduleOf('dark', -2, 0.5), set), 8 / 12);
  assert.equal(await moduleF1(moduleOf('dark', 3, 4), set), 0);
  const headless = moduleOf('dark', -2, -0.5).with({ head: undefined });
  await assert.rejects(moduleF1(headless, set), (e: unknown) => e instanceof OptionError && /no head/.test(e.message));
  await assert.rejects(moduleF1(moduleOf('dark', 0, 1), shades(1, ['a', 'b', 'c'])), /no class 'dark'/);
});

test('reuse A takes the best module of every class and composes them', async () => {
  const set = shades(5);
  const tensors = tf.memory().numTensors;
  const models = [
    { dark: moduleOf('dark', -2, 0.5), grey: moduleOf('grey', -0.5, 0.5), light: moduleOf('light', 3, 4) },
    { dark: moduleOf('dark', -2, -0.5), grey: moduleOf('grey', -0.5, 2), light: moduleOf('light', 0.5, 2) },
  ];
  const choice = await chooseBestModules(models, set);
  assert.deepEqual(choice.chosen, [1, 0, 1]);
  assert.deepEqual(choice.worth[1], [1, 2 / 3, 1]);
  const composed = composeModules(choice.modules);
  assert.equal((await evaluate(composed, set)).accuracy, 1);
  const x = toTensor(set);
  const scores = composed.predict(x);
  assert.ok(scores.dataSync().every((score) => score >= 0 && score <= 1));
  tf.dispose([x, scores]);
  composed.dispose();
  for (const module of models.flatMap((m) => Object.values(m))) {
    module.model.dispose();
    module.head!.dispose();
  }
  assert.equal(tf.memory().numTensors, tensors);
  await assert.rejects(chooseBestModules([], set), /at least one model/);
  await assert.rejects(chooseBestModules([{ dark: models[0].dark }], set), /no module for the class 'grey'|disposed/);
});

test('undefined F1 counts for nothing, and of equals the first wins', () => {
  assert.equal(indexOfBest([null, 0, 0.5, 0.5]), 2);
  assert.equal(indexOfBest([null, 0]), 1);
  assert.equal(indexOfBest([null, null]), 0);
});

test('reuse B: one class of each of two sets, the better candidate of either side', async () => {
  const first = shades(4);
  const second = shades(3, ['night', 'dusk', 'day']);
  const task = binaryTask(first, 'grey', second, 'day');
  assert.deepEqual(task.classNames, ['grey', 'day']);
  assert.deepEqual([...task.labels], [0, 0, 0, 0, 1, 1, 1]);
  const days = [moduleOf('day', 3, 4, ['night', 'dusk', 'day']), moduleOf('day', 0.5, 2, ['night', 'dusk', 'day'])];
  const pair = await chooseBinaryModules([[moduleOf('grey', -0.5, 0.5)], days], task);
  assert.equal(pair[1], days[1]);
  const composed = composeModules(pair);
  assert.equal((await evaluate(composed, task)).accuracy, 1);
  composed.dispose();
  assert.throws(() => binaryTask(first, 'grey', first, 'grey'), /'grey' twice/);
  await assert.rejects(chooseBinaryModules([[], days], task), /at least one module on either side/);
});
