import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { loadModel } from '../../load-model.js';
import { temporaryFolder, zipBytes } from '../../weight-files.fixture.js';
import { PickleWriter } from './pickle.fixture.js';
import { stateDictOf } from './torch-file.js';

const folder = temporaryFolder();

/** A file of torch.save with the given pickle and storages of float32. */
function torchZip(pickle: Buffer, storages: Record<string, Float32Array> = {}): Buffer {
  const data = Object.entries(storages).map(
    ([key, values]) => [`archive/data/${key}`, Buffer.from(values.buffer)] as const,
  );
  return zipBytes(
    { 'archive/data.pkl': pickle, 'archive/byteorder': Buffer.from('little'), ...Object.fromEntries(data) },
    false,
  );
}

const opened = (bytes: Buffer) => stateDictOf({ path: 'model.pth', bytes });

function dictionary(write: (pickle: PickleWriter) => void): Buffer {
  const pickle = new PickleWriter().op(0x7d, 0x28); // {}, MARK
  write(pickle);
  return pickle.op(0x75).finish(); // SETITEMS
}

test("tensors come out of their storages, transposed ones too, and a checkpoint's state dict is found", () => {
  const pickle = dictionary((p) => {
    p.text('epoch').int(7);
    p.text('state_dict').op(0x7d, 0x28);
    p.text('a').tensor('0', 6, [2, 3], [3, 1]);
    p.text('b').tensor('0', 6, [3, 2], [1, 3]);
    p.op(0x75);
  });
  const { state, dropped } = opened(torchZip(pickle, { '0': Float32Array.of(0, 1, 2, 3, 4, 5) }));
  assert.deepEqual([...state.keys()], ['a', 'b']);
  assert.deepEqual(Array.from(state.get('b')!.values as Float32Array), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(dropped, ['epoch']);
});

const HOSTILE: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
  'a call of os.system': [
    torchZip(new PickleWriter().global('os', 'system').text('echo').op(0x85, 0x52).finish()),
    /names 'os.system', which is neither a tensor nor a container.*not opened.*torch\.onnx\.export/,
  ],
  'a hidden call beside a state dict': [
    torchZip(
      dictionary((p) => p.text('w').tensor('0', 1, [1], [1]).text('x').global('builtins', 'eval')),
      { '0': Float32Array.of(1) },
    ),
    /names 'builtins.eval'/,
  ],
  'a whole module': [
    torchZip(new PickleWriter().global('torch.nn.modules.container', 'Sequential').op(0x29, 0x81).finish()),
    /whole module/,
  ],
  'a tensor of 10⁹ numbers in a storage of one': [
    torchZip(
      dictionary((p) => p.text('w').tensor('0', 1, [1000, 1000, 1000], [0, 0, 0])),
      { '0': Float32Array.of(1) },
    ),
    /'w': \[1000, 1000, 1000\] from number 0 on does not fit its storage of 1/,
  ],
  'a storage of 10⁹ numbers that is not there': [
    torchZip(
      dictionary((p) => p.text('w').tensor('0', 1_000_000_000, [1], [1])),
      { '0': Float32Array.of(1) },
    ),
    /storage '0' should have 4000000000 bytes and has 4/,
  ],
  'a missing storage': [torchZip(dictionary((p) => p.text('w').tensor('9', 1, [1], [1]))), /storage '9' is missing/],
  'a list that holds itself': [
    torchZip(new PickleWriter().op(0x5d, 0x71, 0, 0x68, 0, 0x61).finish()),
    /expected a state dict.*found a list of 1/,
  ],
  'an empty stack': [torchZip(Buffer.from([0x80, 2, 0x52, 0x2e])), /stack is empty/],
  'a mark that is missing': [torchZip(Buffer.from([0x80, 2, 0x74, 0x2e])), /mark is missing/],
  'a memory that is missing': [torchZip(Buffer.from([0x80, 2, 0x68, 5, 0x2e])), /no memory 5/],
  'an unknown operation': [torchZip(Buffer.from([0x80, 2, 0xff, 0x2e])), /operation 0xff/],
  'a text longer than the file': [torchZip(Buffer.from([0x80, 2, 0x58, 0xff, 0xff, 0xff, 0x7f, 0x2e])), /cut short/],
  'no end': [torchZip(Buffer.from([0x80, 2, 0x4e])), /cut short/],
  'lists in lists, a million deep': [
    torchZip(
      Buffer.concat([
        Buffer.from([0x80, 2]),
        Buffer.alloc(1_000_000, 0x5d),
        Buffer.alloc(999_999, 0x61),
        Buffer.from([0x2e]),
      ]),
    ),
    /expected a state dict/,
  ],
  'nothing in it': [torchZip(dictionary(() => undefined)), /found a dictionary of nothing/],
  'a TorchScript program': [
    zipBytes({ 'm/data.pkl': Buffer.from('x'), 'm/code/__torch__.py': Buffer.from('x') }, false),
    /TorchScript.*torch\.onnx\.export/,
  ],
  'a program of torch.export': [
    zipBytes({ 'm/models/model.json': Buffer.from('{}') }, false),
    /torch\.export.*torch\.onnx\.export/,
  ],
};
for (const [name, [bytes, message]] of Object.entries(HOSTILE)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => opened(bytes), (error: Error) => error instanceof ModelError && message.test(error.message)); // prettier-ignore
  });
}

/** A VGG of two convolutions under torchvision's names, [channels 3] → 4 → 5 on a grid of 2×2 → 3 classes. */
function vggPickle(): { pickle: Buffer; storages: Record<string, Float32Array> } {
  const shapes: [string, number[]][] = [
    ['features.0.weight', [4, 3, 3, 3]],
    ['features.0.bias', [4]],
    ['features.3.weight', [5, 4, 3, 3]],
    ['features.3.bias', [5]],
    ['classifier.0.weight', [6, 20]],
    ['classifier.0.bias', [6]],
    ['classifier.3.weight', [3, 6]],
    ['classifier.3.bias', [3]],
  ];
  const storages: Record<string, Float32Array> = {};
  const pickle = dictionary((p) => {
    shapes.forEach(([name, shape], i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      storages[String(i)] = Float32Array.from({ length: count }, (_, k) => Math.sin(k + i) / 3);
      p.text(`module.${name}`).tensor(String(i), count, shape, shape.map((_, a) => shape.slice(a + 1).reduce((x, y) => x * y, 1))); // prettier-ignore
    });
  });
  return { pickle, storages };
}

test("a state dict under torchvision's names becomes its network, for images of any size", async () => {
  const { pickle, storages } = vggPickle();
  const file = path.join(folder, 'vgg.pth');
  fs.writeFileSync(file, torchZip(pickle, storages));
  const before = tf.memory().numTensors;
  const { model } = await loadModel(file);
  assert.deepEqual(model.inputs[0].shape, [null, null, null, 3]);
  assert.deepEqual(
    model.layers.map((layer) => layer.name).filter((name) => /^(features|classifier)\.\d$/.test(name)),
    [
      'features.0',
      'features.1',
      'features.2',
      'features.3',
      'features.4',
      'features.5',
      'classifier.0',
      'classifier.3',
    ],
  );
  // An independent forward pass in PyTorch's order of axes.
  const [height, width] = [8, 8];
  const image = Float32Array.from({ length: height * width * 3 }, (_, i) => Math.cos(i));
  const got = tf.tidy(() =>
    Array.from((model.predict(tf.tensor4d(image, [1, height, width, 3])) as tf.Tensor).dataSync()),
  );
  const expected = plainVgg(storages, image, height, width);
  got.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${value} and ${expected[i]}`));
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

/** Loops over [channel][row][column]. */
function plainVgg(w: Record<string, Float32Array>, image: Float32Array, height: number, width: number): number[] {
  const conv = (x: number[][][], kernel: Float32Array, bias: Float32Array) =>
    Array.from(bias, (b, o) =>
      x[0].map((line, r) =>
        line.map((_, c) => {
          let sum = b;
          x.forEach((plane, i) => {
            for (let dy = 0; dy < 3; dy++) {
              for (let dx = 0; dx < 3; dx++) {
                sum += (plane[r + dy - 1]?.[c + dx - 1] ?? 0) * kernel[((o * x.length + i) * 3 + dy) * 3 + dx];
              }
            }
          });
          return Math.max(0, sum);
        }),
      ),
    );
  const pool = (x: number[][][]) =>
    x.map((plane) =>
      Array.from({ length: plane.length / 2 }, (_, r) =>
        Array.from({ length: plane.length / 2 }, (__, c) =>
          Math.max(plane[2 * r][2 * c], plane[2 * r][2 * c + 1], plane[2 * r + 1][2 * c], plane[2 * r + 1][2 * c + 1]),
        ),
      ),
    );
  const linear = (x: number[], kernel: Float32Array, bias: Float32Array) =>
    Array.from(bias, (b, o) => x.reduce((sum, value, i) => sum + value * kernel[o * x.length + i], b));
  const planes = [0, 1, 2].map((channel) =>
    Array.from({ length: height }, (_, r) =>
      Array.from({ length: width }, (__, c) => image[(r * width + c) * 3 + channel]),
    ),
  );
  const features = pool(conv(pool(conv(planes, w['0'], w['1'])), w['2'], w['3'])).flat(2);
  return linear(linear(features, w['4'], w['5']).map((v) => Math.max(0, v)), w['6'], w['7']); // prettier-ignore
}

test('weights whose names say nothing of the network are refused with a way out', async () => {
  const file = path.join(folder, 'own.pth');
  fs.writeFileSync(
    file,
    torchZip(
      dictionary((p) => p.text('conv1.weight').tensor('0', 27, [1, 3, 3, 3], [27, 9, 3, 1])),
      { '0': new Float32Array(27) },
    ),
  );
  await assert.rejects(
    loadModel(file),
    /names \(conv1\.weight\) are not those of ResNet.*torch\.onnx\.export.*loadWeights/,
  );
});
