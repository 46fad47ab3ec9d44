import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../errors.js';
import { exportModel } from '../export/export-model.js';
import { seedStream } from '../run/mt19937.js';
import * as tf from '../tf.js';
import { PickleWriter } from './formats/torch/pickle.fixture.js';
import { loadModel } from './load-model.js';
import { BYTE_MUTATIONS, jsonMutation, type Mutation, safetensorsMutation, zipMutation } from './mutations.fixture.js';
import { npyBytes, zipBytes } from './weight-files.fixture.js';

/** For tests: a good file of a format, and what is done to it. */
export interface HostileReader {
  readonly name: string;
  /** The file that is damaged, by its path in a folder of all of them. */
  readonly file: string;
  readonly mutations: readonly Mutation[];
  /** Whether it starts a thread for each file, which takes a while. */
  readonly startsThreads?: true;
}

/** What a reader made of a damaged file, where that is not as it should be. */
export interface BadVerdict {
  readonly mutant: number;
  readonly what: string;
}

const inArchive = (name: string): readonly Mutation[] => (name.endsWith('.json') ? [jsonMutation] : BYTE_MUTATIONS);

export const HOSTILE_READERS: readonly HostileReader[] = [
  {
    name: 'keras',
    file: 'model.keras',
    mutations: [...BYTE_MUTATIONS, ...repeat(zipMutation(inArchive), 8)],
    startsThreads: true,
  },
  { name: 'h5', file: 'model.h5', mutations: BYTE_MUTATIONS, startsThreads: true },
  { name: 'onnx', file: 'model.onnx', mutations: BYTE_MUTATIONS },
  { name: 'safetensors', file: 'model.safetensors', mutations: [...BYTE_MUTATIONS, ...repeat(safetensorsMutation, 6)] },
  {
    name: 'npz',
    file: 'model.npz',
    mutations: [
      ...BYTE_MUTATIONS,
      ...repeat(
        zipMutation(() => BYTE_MUTATIONS),
        8,
      ),
    ],
  },
  {
    name: 'torch',
    file: 'model.pth',
    mutations: [
      ...BYTE_MUTATIONS,
      ...repeat(
        zipMutation(() => BYTE_MUTATIONS),
        8,
      ),
    ],
  },
  { name: 'tfjs', file: 'tfjs/model.json', mutations: [...BYTE_MUTATIONS, ...repeat(jsonMutation, 12)] },
  { name: 'tfjs graph', file: 'graph/model.json', mutations: [...BYTE_MUTATIONS, ...repeat(jsonMutation, 12)] },
  { name: 'archive', file: 'tfjs.zip', mutations: [...BYTE_MUTATIONS, ...repeat(zipMutation(inArchive), 8)] },
];

function repeat(mutation: Mutation, times: number): Mutation[] {
  return Array.from({ length: times }, () => mutation);
}

/** Writes a good file of every format. */
export async function writeGoodFiles(folder: string): Promise<void> {
  const { layers } = tf;
  const input = tf.input({ shape: [8, 8, 3], name: 'image' });
  let x = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'conv1', useBias: false }).apply(input);
  x = layers.batchNormalization({ name: 'bn1' }).apply(x);
  x = layers.reLU({ name: 'relu' }).apply(x);
  x = layers.globalAveragePooling2d({ name: 'pool' }).apply(x);
  x = layers.dense({ units: 3, activation: 'softmax', name: 'fc' }).apply(x);
  const model = tf.model({ inputs: input, outputs: x as tf.SymbolicTensor, name: 'tiny' });
  for (const name of ['model.keras', 'model.h5', 'model.onnx', 'tfjs'])
    await exportModel(model, path.join(folder, name));
  model.dispose();
  const tfjs = fs.readdirSync(path.join(folder, 'tfjs'));
  const files = tfjs.map((name) => [name, fs.readFileSync(path.join(folder, 'tfjs', name))] as const);
  fs.writeFileSync(path.join(folder, 'tfjs.zip'), zipBytes(Object.fromEntries(files), true));
  writeGraph(path.join(folder, 'graph'));
  // A VGG of two convolutions under torchvision's names.
  const weights: Readonly<Record<string, readonly number[]>> = {
    'features.0.weight': [4, 3, 3, 3],
    'features.0.bias': [4],
    'features.3.weight': [4, 4, 3, 3],
    'features.3.bias': [4],
    'classifier.weight': [3, 4],
    'classifier.bias': [3],
  };
  const pickle = new PickleWriter().op(0x7d, 0x28);
  const torch: Record<string, Buffer> = { 'm/byteorder': Buffer.from('little') };
  const arrays: Record<string, Buffer> = {};
  const header: Record<string, unknown> = {};
  let at = 0;
  const contents: Buffer[] = [];
  Object.entries(weights).forEach(([name, shape], i) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const content = Buffer.from(Float32Array.from({ length: count }, (_, k) => ((k * 7919) % 100) / 100).buffer);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
    pickle.text(name).tensor(String(i), count, shape, strides);
    torch[`m/data/${i}`] = content;
    arrays[`${name}.npy`] = npyBytes('<f4', [...shape], content);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + content.length] };
    at += content.length;
    contents.push(content);
  });
  torch['m/data.pkl'] = pickle.op(0x75).finish();
  fs.writeFileSync(path.join(folder, 'model.pth'), zipBytes(torch, false));
  fs.writeFileSync(path.join(folder, 'model.npz'), zipBytes(arrays, true));
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  fs.writeFileSync(path.join(folder, 'model.safetensors'), Buffer.concat([length, text, ...contents]));
}

/** A graph model of a convolution, a mean and a matrix. */
function writeGraph(folder: string): void {
  const shapes = { kernel: [3, 3, 3, 4], bias: [4], matrix: [4, 3] };
  const weights = [
    ...Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
    { name: 'axes', shape: [2], dtype: 'int32' },
  ];
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
  const sizes = ['-1', '8', '8', '3'].map((size) => ({ size }));
  const conv = { padding: text('SAME'), data_format: text('NHWC'), strides: { list: { i: ['1', '1', '1', '1'] } } };
  const node = [
    { name: 'image', op: 'Placeholder', attr: { shape: { shape: { dim: sizes } } } },
    ...weights.map(({ name }) => ({ name, op: 'Const' })),
    { name: 'conv', op: '_FusedConv2D', input: ['image', 'kernel', 'bias'], attr: { ...conv, fused_ops: { list: { s: [text('BiasAdd').s, text('Relu').s] } } } }, // prettier-ignore
    { name: 'mean', op: 'Mean', input: ['conv', 'axes'] },
    { name: 'scores', op: 'MatMul', input: ['mean', 'matrix'] },
    { name: 'out', op: 'Softmax', input: ['scores'] },
  ];
  fs.mkdirSync(folder);
  const floats = Float32Array.from({ length: 3 * 3 * 3 * 4 + 4 + 12 }, (_, i) => ((i * 7919) % 100) / 100);
  const bytes = Buffer.concat([Buffer.from(floats.buffer), Buffer.from(Int32Array.of(1, 2).buffer)]);
  fs.writeFileSync(path.join(folder, 'weights.bin'), bytes);
  const json = { format: 'graph-model', modelTopology: { node }, weightsManifest: [{ paths: ['weights.bin'], weights }] }; // prettier-ignore
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
}

/** The longest that a reader may take with a small file, in seconds of the processor. */
const MOST_SECONDS = 2;

/**
 * Opens so many damaged files of one format. Right is a model, or an error that says what is wrong; wrong are other errors,
 * seconds, and tensors that stay.
 * @param folder with the good files
 */
export async function openMutants(
  reader: HostileReader,
  folder: string,
  count: number,
  seed: number,
): Promise<BadVerdict[]> {
  const good = fs.readFileSync(path.join(folder, reader.file));
  const target = path.join(folder, path.dirname(reader.file), `mutant-${path.basename(reader.file)}`);
  const bad: BadVerdict[] = [];
  for (let mutant = 0; mutant < count; mutant++) {
    const random = seedStream(seed, `hostile/${reader.name}/${mutant}`);
    const mutate = reader.mutations[random.nextInterval(reader.mutations.length - 1)];
    fs.writeFileSync(target, mutate(good, random));
    const tensors = tf.memory().numTensors;
    const start = process.cpuUsage();
    let wasGivenUp = false;
    try {
      (await loadModel(target)).model.dispose();
    } catch (error) {
      // HDF5 that never ends is refused after its time.
      wasGivenUp = /did not end within/.test((error as Error).message);
      if (!(error instanceof ModulabError))
        bad.push({ mutant, what: `unclear: ${(error as Error).stack?.slice(0, 600)}` });
      else if (!error.message.includes(path.dirname(target)))
        bad.push({ mutant, what: `names no file: ${error.message}` });
      else if (error.message.length > 2500) bad.push({ mutant, what: `long: ${error.message.slice(0, 300)}` });
    }
    const { user } = process.cpuUsage(start);
    if (user / 1e6 > MOST_SECONDS && !wasGivenUp) bad.push({ mutant, what: `slow: ${(user / 1e6).toFixed(1)} s` });
    if (tf.memory().numTensors !== tensors) bad.push({ mutant, what: `tensors: ${tf.memory().numTensors - tensors}` });
  }
  fs.rmSync(target, { force: true });
  return bad;
}
