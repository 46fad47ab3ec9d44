import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { loadModel } from '../load-model.js';

/**
 * Real files of the real exporters with their answers: `networks/<case>/expected.json` in the folder that MODULAB_CASES names.
 */
interface Expected {
  readonly open: string;
  readonly verdict: 'opens' | 'refuses with advice' | 'opens or refuses with advice';
  readonly input: { readonly imageShape: readonly [number, number, number]; readonly scaleName: keyof typeof SCALES };
  readonly output: {
    readonly kind: string;
    readonly classNames: readonly string[] | null;
    readonly classNamesIn: string | null;
  };
  readonly tolerance: number;
  readonly expected: readonly (readonly number[])[];
}

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const SCALES = {
  bytes: (pixel: number) => pixel,
  unit: (pixel: number) => pixel / 255,
  half: (pixel: number) => (pixel / 255 - 0.5) / 0.5,
  imagenet: (pixel: number, channel: number) => (pixel / 255 - MEAN[channel]) / DEVIATION[channel],
};

const cases = process.env['MODULAB_CASES'];
const folder = cases === undefined ? null : path.join(cases, 'networks');
const names =
  folder === null
    ? []
    : fs.readdirSync(folder).filter((name) => /^(onnx|torch|torchscript|timm|safetensors)-/.test(name));

test(
  'networks of other frameworks',
  { skip: folder === null ? 'MODULAB_CASES names no folder of cases' : false },
  () => {
    assert.ok(names.length > 0);
  },
);

for (const name of names) {
  const expected = JSON.parse(fs.readFileSync(path.join(folder!, name, 'expected.json'), 'utf8')) as Expected;
  test(`${name}: ${expected.verdict}`, async () => {
    const before = tf.memory().numTensors;
    const opening = loadModel(path.join(folder!, name, expected.open));
    if (!ALWAYS_OPEN.test(name) && expected.verdict !== 'opens') {
      await assert.rejects(
        opening,
        (error) => error instanceof ModelError && /torch\.onnx\.export/.test(error.message),
      );
      return;
    }
    const { model, classNames } = await opening;
    const got = tf.tidy(() => (model.predict(images(expected)) as tf.Tensor2D).arraySync());
    model.dispose();
    assert.equal(tf.memory().numTensors, before, 'tensors leak');
    const wanted = expected.output.kind === 'logits' ? expected.expected.map(softmax) : expected.expected;
    (expected.output.kind === 'logits' ? got.map(softmax) : got).forEach((row, i) => {
      assert.equal(row.length, wanted[i].length);
      row.forEach((p, k) =>
        assert.ok(
          Math.abs(p - wanted[i][k]) <= expected.tolerance,
          `image ${i}, class ${k}: ${p}, expected ${wanted[i][k]}`,
        ),
      );
    });
    if (expected.output.classNamesIn !== null) assert.deepEqual(classNames, expected.output.classNames);
  });
}

/** Of those that may be refused, the ones whose names tell the network. */
const ALWAYS_OPEN = /^(onnx|timm|safetensors)-|^torch-(state-dict-resnet|checkpoint-vgg)$/;

function images({ input }: Expected): tf.Tensor4D {
  const [height, width, channels] = input.imageShape;
  const values: number[] = [];
  for (let n = 0; n < 4; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) {
          const pixel = ((3 + 5 * n) * x + (7 + 3 * n) * y + n * x * y + 41 * c * (n + 1) + 17 * n) % 256;
          values.push(SCALES[input.scaleName](pixel, c));
        }
      }
    }
  }
  return tf.tensor4d(values, [4, height, width, channels]);
}

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
