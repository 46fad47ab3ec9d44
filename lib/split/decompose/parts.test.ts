import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { MT19937 } from '../../run/mt19937.js';
import {
  bitMembers,
  bitsetOf,
  countBits,
  emptyBitset,
  fullBitset,
  hasBit,
  isSubset,
} from '../../surgery/graph/bitset.js';
import { axisWindows } from '../../surgery/graph/windows.js';
import { keepTensor } from '../../surgery/nodes/node-mask.js';
import { createNodeNetwork, type NodeNetwork } from '../../surgery/nodes/node-network.js';
import { randomImages, randomiseWeights, relativeDifference } from '../../surgery/trace/test-models.fixture.js';
import * as tf from '../../tf.js';
import { backtrackFeatures, backtrackToInput, type NodeSets, unconcernedFeatures } from './backtrack.js';
import { channelOutput } from './channelling.js';
import { deadInputs } from './dead-inputs.js';

const { layers } = tf;

before(async () => {
  await openBackend({ quiet: true });
});

test('two classes: the channelled weights are the two columns (spec decompose §10.3)', () => {
  const weights = Float32Array.of(1, 2, 3, 4, 5, 6);
  const first = channelOutput(weights, Float32Array.of(7, 8), 0);
  assert.deepEqual(first, { outW: weights, outB: Float32Array.of(7, 8) });
  const second = channelOutput(weights, Float32Array.of(7, 8), 1);
  assert.deepEqual(second, { outW: Float32Array.of(2, 1, 4, 3, 6, 5), outB: Float32Array.of(8, 7) });
});

test('the mean is over the N − 1 others, of the bias as well', () => {
  const { outW, outB } = channelOutput(Float32Array.of(1, 2, 3, 9), Float32Array.of(4, 8, 12, 100), 3);
  assert.deepEqual([[...outW], [...outB]], [[9, 2], [100, 8]]); // prettier-ignore
});

test('windows are padded as TensorFlow pads (§10.6)', () => {
  const strided = axisWindows(32, 3, 2, 'same');
  assert.deepEqual([strided.count, strided.padding], [16, [0, 1]]);
  assert.deepEqual([strided.positions(0), strided.positions(15)], [[0, 1, 2], [30, 31]]); // prettier-ignore
  const single = axisWindows(32, 1, 2, 'same');
  assert.deepEqual([single.count, single.padding, single.positions(15)], [16, [0, 0], [30]]);
  assert.deepEqual(axisWindows(5, 3, 1, 'valid', 2).positions(0), [0, 2, 4]);
});

/** The step of one layer of a network. */
function stepOf(network: NodeNetwork, name: string) {
  const op = network.program.find(({ node }) => node.name === name)!;
  const shapeOf = (layer: string) => network.graph.find((node) => node.name === layer)!.outputShape as number[];
  return { op, shapes: { inputs: op.inputs.map(shapeOf), output: shapeOf(op.output) } };
}

test('the toy of §2.7: sources of windows, and what either rule removes', () => {
  const model = tf.sequential({
    layers: [
      layers.conv2d({ name: 'c', filters: 1, kernelSize: 2, padding: 'same', inputShape: [4, 4, 1] }),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
  });
  const network = createNodeNetwork(model);
  const { op, shapes } = stepOf(network, 'c');
  const axis = axisWindows(4, 2, 1, 'same');
  const sources = (output: number) =>
    axis.positions(Math.floor(output / 4)).flatMap((y) => axis.positions(output % 4).map((x) => 4 * y + x + 1));
  assert.deepEqual([0, 3, 5, 15].map(sources), [[1, 2, 5, 6], [4, 8], [6, 7, 10, 11], [16]]);
  const removed = (dead: number[], rule: 'literal' | 'perSource') =>
    [...bitMembers(deadInputs(op, bitsetOf(16, dead), 0, shapes, rule))].map((i) => i + 1);
  const table: [number[], number[], number[]][] = [
    [[0], [], [1]],
    [
      [0, 1, 4, 5],
      [1, 2, 5, 6],
      [1, 2, 5, 6],
    ],
    [[10, 11, 14, 15], [16], [16]],
    [[15], [], []],
  ];
  for (const [dead, literal, perSource] of table) {
    assert.deepEqual(removed(dead, 'literal'), literal);
    assert.deepEqual(removed(dead, 'perSource'), perSource);
  }
  network.dispose();
  model.dispose();
});

test('dead inputs of convolutions and pools are those whose change no living output sees (§10.8)', () => {
  const conv = { filters: 3, kernelSize: 3, useBias: false } as const;
  const candidates: tf.layers.Layer[] = [
    layers.conv2d({ ...conv, name: 'l', strides: 2, padding: 'same' }),
    layers.conv2d({ ...conv, name: 'l', kernelSize: [2, 3], padding: 'valid', dilationRate: 2 }),
    layers.conv2d({ ...conv, name: 'l', kernelSize: 1, strides: 2, padding: 'same' }),
    layers.depthwiseConv2d({ name: 'l', kernelSize: 3, depthMultiplier: 2, padding: 'same', useBias: false }),
    layers.separableConv2d({ name: 'l', filters: 3, kernelSize: 3, strides: 2, padding: 'valid', useBias: false }),
    layers.averagePooling2d({ name: 'l', poolSize: [2, 3], strides: [1, 2], padding: 'same' }),
    layers.maxPooling2d({ name: 'l', poolSize: 2 }),
    layers.zeroPadding2d({ name: 'l', padding: [[1, 0], [2, 1]] }), // prettier-ignore
    layers.cropping2D({ name: 'l', cropping: [[1, 0], [2, 1]] }), // prettier-ignore
    layers.upSampling2d({ name: 'l' }),
    layers.globalAveragePooling2d({ name: 'l' }),
  ];
  const rng = new MT19937(3);
  for (const layer of candidates) {
    const input = tf.input({ shape: [6, 7, 2], name: 'image' });
    const y = layer.apply(input) as tf.SymbolicTensor;
    const flat = y.rank > 2 ? (layers.flatten().apply(y) as tf.SymbolicTensor) : y;
    const model = tf.model({ inputs: input, outputs: layers.dense({ units: 2 }).apply(flat) as tf.SymbolicTensor });
    const network = createNodeNetwork(model);
    const { op, shapes } = stepOf(network, 'l');
    const outputs = shapes.output.reduce((product, n) => product * n, 1);
    // Rows of one input position each: which outputs change.
    const seen = tf.tidy(() => {
      const positive = layer.getWeights().map((weight) => tf.onesLike(weight));
      if (positive.length > 0) layer.setWeights(positive);
      const one = tf.reshape(tf.eye(84), [84, 6, 7, 2]);
      return tf.reshape(layer.apply(one) as tf.Tensor, [84, outputs]).arraySync() as number[][];
    });
    for (const share of [0.3, 0.8, 1]) {
      const dead = bitsetOf(
        outputs,
        [...Array(outputs).keys()].filter(() => rng.nextDouble() < share),
      );
      const expected = seen.map((row) => row.every((value, o) => value === 0 || hasBit(dead, o)));
      const found = deadInputs(op, dead, 0, shapes);
      assert.deepEqual(expected.map((_, i) => hasBit(found, i)), expected, layer.getClassName()); // prettier-ignore
    }
    network.dispose();
    model.dispose();
  }
});

test('MC-BLN seeds: prose removes what speaks for the others, literal the opposite (§10.7)', () => {
  const outW = Float32Array.of(-1, 1, 1, -1, 1, 1, 0.4, -2);
  const found = (rule: 'prose' | 'literal') => [...bitMembers(unconcernedFeatures(outW, 0.5, rule))];
  assert.deepEqual(found('prose'), [0]);
  assert.deepEqual(found('literal'), [1]);
});

/** A network that ends in a given kind of pool, and which features move when one node of a layer does. */
function featureMap(build: (x: tf.SymbolicTensor) => tf.SymbolicTensor, layer: string) {
  const input = tf.input({ shape: [8, 8, 2], name: 'image' });
  const model = tf.model({ inputs: input, outputs: layers.dense({ name: 'out', units: 3 }).apply(build(input)) as tf.SymbolicTensor }); // prettier-ignore
  randomiseWeights(model, 5);
  const network = createNodeNetwork(model);
  const point = network.points.find((p) => p.layer === layer)!;
  const x = tf.zeros<tf.Rank.R4>([point.nodes, 8, 8, 2]);
  // Image i: node i of the layer is 1, the others 0.
  const features = network.run(x, ({ layer: at }) => {
    return at === layer ? tf.reshape(tf.eye(point.nodes), [point.nodes, ...point.shape]) : undefined;
  });
  const values = features.arraySync();
  const zero = network.run(tf.zeros([1, 8, 8, 2]), (p, map) => (p.layer === layer ? tf.zerosLike(map) : undefined));
  const [silent] = zero.arraySync();
  tf.dispose([x, features, zero]);
  return {
    network,
    moves: (node: number, feature: number) => Math.abs(values[node][feature] - silent[feature]) > 1e-6,
  };
}

test('features are mapped back through flatten and pools to the nodes that make them (§10.9)', () => {
  const conv = (x: tf.SymbolicTensor, strides: number) =>
    layers.conv2d({ name: 'c', filters: 3, kernelSize: 3, strides, padding: 'same', activation: 'relu' }).apply(x) as tf.SymbolicTensor; // prettier-ignore
  const flat = (x: tf.SymbolicTensor) => layers.flatten().apply(x) as tf.SymbolicTensor;
  const tails: ((x: tf.SymbolicTensor) => tf.SymbolicTensor)[] = [
    (x) => flat(layers.maxPooling2d({ poolSize: 2 }).apply(conv(x, 2)) as tf.SymbolicTensor), // 4×4×3, pool 2
    (x) => flat(layers.averagePooling2d({ poolSize: [2, 4] }).apply(conv(x, 1)) as tf.SymbolicTensor),
    (x) => layers.globalAveragePooling2d({}).apply(conv(x, 1)) as tf.SymbolicTensor,
    (x) => flat(conv(x, 2)),
  ];
  for (const tail of tails) {
    const { network, moves } = featureMap(tail, 'c');
    for (let feature = 0; feature < network.features; feature++) {
      const { c } = backtrackFeatures(network, bitsetOf(network.features, [feature]));
      for (let node = 0; node < c.length; node++) {
        assert.equal(hasBit(c, node), moves(node, feature), `node ${node}, feature ${feature}`);
      }
    }
    network.dispose();
  }
});

test('backtracking ends at a sum, and takes hidden units along whose readers are all removed', () => {
  const residual = createNodeNetwork(resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3] }));
  const removed = backtrackFeatures(residual, bitsetOf(16, [3]));
  assert.deepEqual(Object.keys(removed), ['add6']);
  assert.deepEqual([...bitMembers(removed['add6'])], [3, 19, 35, 51]);
  residual.dispose();

  const model = tf.sequential({
    layers: [
      layers.conv2d({ name: 'c', filters: 2, kernelSize: 2, inputShape: [2, 2, 1], activation: 'relu' }),
      layers.flatten(),
      layers.dense({ name: 'hidden', units: 3, activation: 'relu' }),
      layers.dense({ name: 'out', units: 2 }),
    ],
  });
  // Channel 0 feeds units 0 and 1, channel 1 only unit 1.
  model.getLayer('hidden').setWeights([tf.tensor2d([[1, 2, 0], [0, 3, 0]]), tf.ones([3])]); // prettier-ignore
  const network = createNodeNetwork(model);
  const found = backtrackFeatures(network, bitsetOf(3, [1]));
  assert.deepEqual(Object.fromEntries(Object.entries(found).map(([name, set]) => [name, [...bitMembers(set)]])), {
    hidden: [1],
    c: [1],
  });
  network.dispose();
  model.dispose();
});

/** The features under masks. */
function maskedFeatures(network: NodeNetwork, x: tf.Tensor4D, off: NodeSets): Float32Array {
  return tf.tidy(() => {
    const run = network.run(x, ({ layer, shape }, map) =>
      Object.hasOwn(off, layer) ? tf.mul(map, keepTensor(off[layer], shape)) : undefined,
    );
    return run.dataSync<'float32'>();
  });
}

test('MC-BI masks more, and the module puts out the same; the printed rule can be wrong at additions (§10.8)', () => {
  const model = randomiseWeights(resNetCifar(14, { width: 0.25, classes: 3, inputShape: [8, 8, 3], shortcut: 'A' }), 3);
  const network = createNodeNetwork(model);
  const x = randomImages([4, 8, 8, 3], 9);
  const rng = new MT19937(1);
  let wrong = 0;
  for (let round = 0; round < 6; round++) {
    // Whole regions of some layers are off, single nodes of others.
    const off: Record<string, ReturnType<typeof emptyBitset>> = {};
    for (const { layer, shape, nodes } of network.points) {
      const kind = rng.nextDouble();
      if (kind < 0.3) continue;
      const [, width, channels] = shape;
      off[layer] = bitsetOf(
        nodes,
        [...Array(nodes).keys()].filter((i) => {
          if (kind < 0.5) return rng.nextDouble() < 0.2;
          return Math.floor(i / channels / width) >= shape[0] / 2 && Math.floor(i / channels) % width >= 1;
        }),
      );
    }
    const found = backtrackToInput(network, off, 'perSource');
    const counts = (sets: NodeSets) => Object.values(sets).reduce((sum, set) => sum + countBits(set), 0);
    assert.ok(counts(found) > counts(off));
    for (const [layer, set] of Object.entries(off)) assert.ok(isSubset(set, found[layer]));
    const before = maskedFeatures(network, x, off);
    assert.ok(relativeDifference(maskedFeatures(network, x, found), before) < 1e-6);
    const literal = backtrackToInput(network, off, 'literal');
    if (relativeDifference(maskedFeatures(network, x, literal), before) > 1e-3) wrong++;
  }
  assert.ok(wrong > 0);
  network.dispose();
  model.dispose();
  x.dispose();
});

test('everything off in the last sum: the whole network behind it is off', () => {
  const model = resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3] });
  const network = createNodeNetwork(model);
  const last = network.points.at(-1)!;
  const found = backtrackToInput(network, { [last.layer]: fullBitset(last.nodes) }, 'perSource');
  for (const { layer, nodes } of network.points) assert.equal(countBits(found[layer]), nodes, layer);
  network.dispose();
  model.dispose();
});
