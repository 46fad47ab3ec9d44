/** Files that Keras, tf.keras and tensorflowjs_converter wrote, judged by the answers of the frameworks themselves. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { before, test } from 'node:test';
import type { ImageSet } from '../../datasets/dataset.js';
import { diagnose } from '../../diagnose/diagnose.js';
import { ModelError } from '../../errors.js';
import { patch } from '../../patch/patch.js';
import { simplify } from '../../simplify/simplify.js';
import { split } from '../../split/split.js';
import { traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { evaluate, predictScores } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { asLogits } from '../as-logits.js';
import { loadModel } from '../load-model.js';
import { outputKind } from '../output-kind.js';
import { temporaryFolder } from '../weight-files.fixture.js';
import { caseImages, CASES, networkCases, probabilities } from './cases.fixture.js';

before(() => tf.setBackend('cpu'));
const skip = CASES ? false : 'MODULAB_CASES is not set';

const keras = networkCases('k2-', 'k3-', 'tfjs-');
test('the cases of Keras and tfjs are there', { skip }, () => assert.ok(keras.length >= 20, `${keras.length} cases`));

for (const { folder, expected } of keras) {
  test(`${expected.case}: opens with the answers of its own framework`, async () => {
    const tensors = tf.memory().numTensors;
    const file = path.join(folder, expected.open);
    const { model, classNames, report } = await loadModel(file);
    const { values, shape } = caseImages(expected);
    const rows = tf.tidy(() => (model.predict(tf.tensor4d(values, shape)) as tf.Tensor2D).arraySync());
    const { kind } = expected.output;
    const got = probabilities(rows, kind === 'sigmoid' ? 'probabilities' : kind);
    const wanted = probabilities(expected.expected, kind);
    const difference = Math.max(...wanted.flatMap((row, i) => row.map((p, c) => Math.abs(p - got[i][c]))));
    assert.ok(difference <= expected.tolerance, `differs by ${difference}`);
    assert.equal(outputKind(model), kind === 'logits' ? 'logits' : 'probabilities');
    if (expected.output.classNamesIn) assert.deepEqual(classNames, expected.output.classNames);
    if (expected.input.scaleName === 'bytes') assert.match(report.normalisationFrom, /it takes bytes/);
    assert.deepEqual(report.imageShape, expected.input.imageShape);
    model.dispose();
    assert.equal(tf.memory().numTensors, tensors, 'tensors left behind');
  });
}

/** A few images, the classes by their brightness. */
function images(imageShape: readonly [number, number, number], classNames: readonly string[]): ImageSet {
  const [height, width, channels] = imageShape;
  const size = height * width * channels;
  const labels = Int32Array.from({ length: 6 * classNames.length }, (_, i) => i % classNames.length);
  const pixels = Uint8Array.from(
    { length: labels.length * size },
    (_, i) => (labels[Math.floor(i / size)] * 50 + ((i * 31 + Math.floor(i / size) * 17) % 97)) % 256,
  );
  const normalisation = { mean: new Array<number>(channels).fill(0.5), std: new Array<number>(channels).fill(0.5) };
  return { pixels, labels, imageShape, classNames, normalisation };
}

const handMade = temporaryFolder();
if (CASES) execFileSync(process.execPath, [path.join(CASES, 'make-models.mjs'), handMade]);

/** All methods, one after another, on a model as it was opened. */
async function everything(id: string, size: readonly [number, number] = [16, 16]): Promise<void> {
  const { model, classNames: named, report } = await loadModel(path.join(handMade, id, 'model.json'));
  const [height, width, channels] = report.imageShape;
  const classNames = named ?? Array.from({ length: report.output.shape[0]! }, (_, c) => `class ${c}`);
  const set = images([height ?? size[0], width ?? size[1], channels!], classNames);
  const logits = outputKind(model) === 'logits' ? model : await asLogits(model);
  await evaluate(model, set);
  const { kernelMaps, relevance, summary } = await diagnose(model, set);
  assert.ok(kernelMaps.length > 0 && relevance.length > 0, summary.join(' '));
  assert.ok(traceModel(model).convLayers.length > 0);
  const { modules } = await split(model, set, { preset: 'smoke', generations: 1, seed: 1 });
  assert.deepEqual(Object.keys(modules), classNames);
  const { model: smaller, after } = await simplify(
    model,
    { train: set, validation: set },
    { preset: 'smoke', seed: 1 },
  );
  assert.ok(after.parameters > 0 && smaller.outputs[0].shape[1] === classNames.length);
  await fit(logits, set, { epochs: 1, batchSize: 8, seed: 1 });
  if (id === 'M17') return; // its hand-made weights give modules whose scores are the same for all images
  const patched = await patch(model, modules[classNames[1]], { classNames, calibrationImages: set });
  await evaluate(patched, set);
  patched.dispose();
}

for (const id of ['M1', 'M3', 'M4', 'M7', 'M10', 'M12', 'M13', 'M14', 'M17', 'M18']) {
  test(`${id}: all methods work on it`, { skip, timeout: 300_000 }, () => everything(id));
}

test('M1: the class names of metadata.json, and the values that Teachable Machine trains on', { skip }, async () => {
  const { classNames, normalisation, report } = await loadModel(path.join(handMade, 'M1'));
  assert.deepEqual(classNames, ['healthy', 'rust', 'blight', 'none']);
  assert.deepEqual(normalisation, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
  assert.ok(
    report.summary.some((line) => line.includes("'features', 'head'")),
    report.summary.join('\n'),
  );
});

test(
  'M11: images without an axis of channels are scored; split says that there is no convolution',
  { skip },
  async () => {
    const { model } = await loadModel(path.join(handMade, 'M11', 'model.json'));
    const set = images([28, 28, 1], ['a', 'b', 'c', 'd']);
    const { report } = await diagnose(model, set);
    assert.ok(report.accuracy >= 0);
    await assert.rejects(split(model, set, { preset: 'smoke' }), /no convolution layer/);
  },
);

test('M12c: Resizing at the beginning', { skip }, async () => {
  const { model } = await loadModel(path.join(handMade, 'M12c', 'model.json'));
  assert.ok((await evaluate(model, images([20, 20, 3], ['a', 'b', 'c', 'd']))).accuracy >= 0);
});

for (const id of ['M15', 'M19']) {
  test(`${id}: scores, gradients and training`, { skip }, async () => {
    const { model } = await loadModel(path.join(handMade, id, 'model.json'));
    const set = images([16, 16, 3], ['a', 'b', 'c', 'd']);
    assert.ok((await diagnose(model, set)).relevance.length > 0);
    await fit(model, set, { epochs: 1, batchSize: 8, seed: 1 });
  });
}

test('M20: a map as output is refused by its shape', { skip }, async () => {
  const { model, report } = await loadModel(path.join(handMade, 'M20', 'model.json'));
  assert.equal(report.output.kind, 'map');
  const set = images([16, 16, 3], ['a', 'b']);
  for (const call of [predictScores, evaluate, diagnose, split]) {
    await assert.rejects(
      (call as (model: tf.LayersModel, set: ImageSet) => Promise<unknown>)(model, set),
      (error: Error) => error instanceof ModelError && error.message.includes('[batch, 16, 16, 2], a map'),
    );
  }
});
