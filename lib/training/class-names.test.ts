import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { checkImageSet } from '../datasets/check-image-set.js';
import { withClassNames } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { OptionError } from '../errors.js';
import * as models from '../models/index.js';
import { patch } from '../patch/patch.js';
import { split } from '../split/split.js';
import * as tf from '../tf.js';
import { evaluate } from './evaluate.js';
import { fit } from './fit.js';

before(() => openBackend({ quiet: true }));

const { train, test: images } = synthetic({ trainPerClass: 1, testPerClass: 4 });
const classNames = images.classNames.map((name, c) => (c === 7 ? images.classNames[2] : name));
const twice = { ...images, classNames };
const refused = (error: unknown) =>
  error instanceof OptionError && error.message.includes(`classes 2 and 7 are both called "${classNames[2]}"`);

test('two classes of one name are refused wherever a module or a row would be lost', async () => {
  const model = models.simCnn({ width: 1 / 16 });
  const both = { train: { ...train, classNames }, validation: twice };
  await assert.rejects(split(model, twice, { preset: 'smoke' }), refused);
  await assert.rejects(split(model, both, { method: 'gradsplitter', preset: 'smoke' }), refused);
  await assert.rejects(split(model, twice, { method: 'decompose' }), refused);
  await assert.rejects(evaluate(model, twice), refused);
  await assert.rejects(
    evaluate({ classNames, predict: (x: tf.Tensor4D) => model.predict(x) as tf.Tensor2D }, images),
    refused,
  );
  await assert.rejects(fit(model, both.train, { epochs: 1 }), refused);
  assert.throws(() => checkImageSet(twice), refused);
  assert.throws(() => withClassNames(images, classNames), refused);
  const { modules } = await split(model, images, { preset: 'smoke' });
  const module = Object.values(modules)[0];
  await assert.rejects(patch(model, module, { classNames, calibrationImages: images }), refused);
  model.dispose();
});
