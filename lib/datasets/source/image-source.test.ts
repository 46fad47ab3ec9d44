import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PNG } from 'pngjs';
import { DataError, OptionError } from '../../errors.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { batches } from '../batches.js';
import type { ImageSet } from '../dataset.js';
import { imageFolder } from '../folder/image-folder.js';
import { splitTrainValidation } from '../split-train-validation.js';
import { classCounts, firstPerClass } from '../subset.js';
import { type ImageFolderSource, imageFolderSource } from './image-folder-source.js';
import { inMemory } from './image-source.js';
import { sourceBatches } from './source-batches.js';

function png(seed: number): Buffer {
  const image = new PNG({ width: 9, height: 8 });
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (i * 31 + seed * 57) % 256;
  return PNG.sync.write(image);
}

async function folder(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'modulab-source-'));
  t.after(() => rm(root, { recursive: true }));
  for (const [part, count] of [
    ['train', 23],
    ['test', 9],
  ] as const) {
    for (const className of ['cat', 'dog']) {
      await mkdir(path.join(root, part, className), { recursive: true });
      for (let i = 0; i < count; i++) {
        await writeFile(path.join(root, part, className, `${i}.png`), png(i + (className === 'dog' ? 100 : 0)));
      }
    }
  }
  return root;
}

async function opened(t: TestContext, root: string): Promise<ImageFolderSource> {
  const source = await imageFolderSource(root, { size: 8, fit: 'crop', workers: 2, quiet: true });
  t.after(() => source.close());
  return source;
}

test('a source has the images, labels and batches of the same folder in memory', { timeout: 120_000 }, async (t) => {
  await tf.setBackend('cpu');
  const root = await folder(t);
  const set = await imageFolder(root, { size: 8, fit: 'crop', quiet: true });
  const source = await opened(t, root);
  assert.deepEqual(
    [source.classNames, source.files, source.report.splits],
    [set.classNames, set.files, set.report.splits],
  );
  assert.deepEqual(await inMemory(source.train), set.train);
  assert.deepEqual((await inMemory(source.test, [3, 0, 3])).pixels.length, 3 * 192);
  assert.deepEqual(classCounts(source.train), [23, 23]);
  assert.deepEqual(firstPerClass(source.train, 2), [0, 1, 23, 24]);

  const before = tf.memory().numTensors;
  for (const options of [
    { batchSize: 7 },
    { batchSize: 7, order: 'shuffled', seed: 3, epoch: 2, dropLast: true, augment: { flip: true, crop: 2 } },
  ] as const) {
    const expected = [...batches(set.train, options)];
    let i = 0;
    for await (const { x, labels, indices } of sourceBatches(source.train, { ...options, ahead: 3 })) {
      assert.deepEqual([labels, indices], [expected[i].labels, expected[i].indices]);
      assert.deepEqual(x.dataSync(), expected[i].x.dataSync());
      tf.dispose([x, expected[i].x]);
      i++;
    }
    assert.equal(i, expected.length);
  }
  for await (const { x } of sourceBatches(source.train, { batchSize: 4 })) {
    x.dispose();
    break; // what is being read ahead goes with it
  }
  assert.equal(tf.memory().numTensors, before);
});

test(
  'fit and evaluate take a source, with the figures of the same images in memory',
  { timeout: 300_000 },
  async (t) => {
    await tf.setBackend('cpu');
    const root = await folder(t);
    const set = await imageFolder(root, { size: 8, fit: 'crop', quiet: true });
    const source = await opened(t, root);
    const train = async (
      images: ImageSet | ImageFolderSource['train'],
      validation: typeof images,
    ): Promise<number[]> => {
      const model = tf.sequential({
        layers: [
          tf.layers.flatten({ inputShape: [8, 8, 3] }),
          tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
        ],
      });
      const { history } = await fit(model, images, { epochs: 2, batchSize: 10, augment: { flip: true }, validation });
      const { accuracy } = await evaluate(model, validation);
      const result = [...history.map(({ loss }) => loss), accuracy];
      model.dispose();
      return result;
    };
    assert.deepEqual(await train(source.train, source.test), await train(set.train, set.test));
  },
);

test(
  'what needs all pixels says so; damaged files and positions outside are errors',
  { timeout: 120_000 },
  async (t) => {
    const root = await folder(t);
    const source = await opened(t, root);
    assert.throws(
      () => splitTrainValidation(source.train as unknown as ImageSet),
      (e) => e instanceof OptionError && /pixels of all images at once.*await inMemory\(source/.test(e.message),
    );
    await assert.rejects(source.train.read([0, 46]), OptionError);
    await writeFile(path.join(root, 'test/dog/3.png'), png(3).subarray(0, 60));
    await assert.rejects(inMemory(source.test), (e) => e instanceof DataError && /dog.3\.png/.test(e.message));
    await assert.rejects(imageFolderSource(root, { workers: 0 }), OptionError);
  },
);
