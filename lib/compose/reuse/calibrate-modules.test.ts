import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module, ScoreKind } from '../../surgery/modules/module.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { composeModules } from '../composed-model.js';
import { calibrateModules } from './calibrate-modules.js';
import { moduleAuc } from './module-auc.js';
import { chooseBestModules } from './reuse-best-modules.js';

const CLASSES = ['dark', 'light'];

before(async () => {
  await openBackend({ quiet: true });
});

/** Images of one brightness each, −1 … 1, dark ones below 0. */
const shades: ImageSet = (() => {
  const levels = Array.from({ length: 80 }, (_, i) => [0, 20, 40, 60, 80, 170, 190, 210, 230, 255][i % 10]);
  return {
    pixels: Uint8Array.from({ length: levels.length * 4 }, (_, i) => levels[Math.floor(i / 4)]),
    labels: Int32Array.from(levels, (level) => (level > 127 ? 1 : 0)),
    imageShape: [2, 2, 1],
    classNames: CLASSES,
    normalisation: { mean: [0.5], std: [0.5] },
  };
})();

/** A module whose score is that of the brightness. */
function moduleOf(targetClass: string, score: (brightness: tf.Tensor) => tf.Tensor, scoreKind: ScoreKind): Module {
  return {
    ...{
      kind: 'test',
      targetClass,
      classIndex: CLASSES.indexOf(targetClass),
      classNames: CLASSES,
      inputShape: [2, 2, 1],
    },
    ...{ scoreKind, macs: 1, parameters: 1, provenance: { method: 'test' } },
    open: () => ({
      scoreKind,
      predict: (x) => tf.tidy(() => score(tf.mean(x, [1, 2])).as2D(x.shape[0], 1)),
      dispose: () => undefined,
    }),
    save: () => Promise.reject(new OptionError('not here')),
    dispose: () => undefined,
  };
}

test('scores of different scales and offsets are made comparable', async () => {
  const tensors = tf.memory().numTensors;
  // Both know their class, but the score of one is always above that of the other.
  const dark = moduleOf('dark', (b) => tf.sigmoid(tf.sub(tf.mul(b, -1), 1.2)), 'probability');
  const light = moduleOf('light', (b) => tf.sigmoid(tf.add(b, 1.2)), 'probability');
  const asTheyAre = composeModules([dark, light]);
  assert.equal((await evaluate(asTheyAre, shades)).accuracy, 0.5);
  const calibrated = await calibrateModules([light, dark], shades);
  assert.deepEqual(
    calibrated.map(({ targetClass, scoreKind, parameters }) => [targetClass, scoreKind, parameters]),
    [['dark', 'logit', 3], ['light', 'logit', 3]], // prettier-ignore
  );
  const composed = composeModules(calibrated);
  assert.equal((await evaluate(composed, shades)).accuracy, 1);
  assert.match(calibrated[0].provenance.departures?.join() ?? '', /logit scaled by .* 80 images/);
  composed.dispose();
  asTheyAre.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  await assert.rejects(calibrated[0].save('nowhere'), /save the module that it was made of/);
});

test('a module for every class is asked for', async () => {
  const dark = moduleOf('dark', (b) => b, 'logit');
  await assert.rejects(
    calibrateModules([dark], shades),
    (error: unknown) =>
      error instanceof OptionError && /one module for every class.*got modules of dark/s.test(error.message),
  );
  await assert.rejects(calibrateModules([], shades), /got modules of none/);
});

test('the area under the curve needs no threshold, so it takes logits and chooses where F1 cannot', async () => {
  const shifted = moduleOf('light', (b) => tf.add(b, 50), 'logit');
  const inverted = moduleOf('light', (b) => tf.mul(b, -1), 'logit');
  const dark = moduleOf('dark', (b) => tf.mul(b, -1), 'logit');
  assert.equal(await moduleAuc(shifted, shades), 1);
  assert.equal(await moduleAuc(inverted, shades), 0);
  const models = [
    { dark, light: inverted },
    { dark, light: shifted },
  ];
  const choice = await chooseBestModules(models, shades, { by: 'auc' });
  assert.deepEqual([choice.by, choice.chosen, choice.worth], ['auc', [0, 1], [[1, 0], [1, 1]]]); // prettier-ignore
  await assert.rejects(chooseBestModules(models, shades), /puts out a logit, which has no threshold/);
  await assert.rejects(
    chooseBestModules(models, shades, { by: 'recall' as 'auc' }),
    /by: expected f1 or auc, got 'recall'/,
  );
});
