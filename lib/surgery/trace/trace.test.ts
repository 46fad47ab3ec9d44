import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelError, OptionError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { SubsampleChannels } from '../../models/subsample-channels.js';
import * as tf from '../../tf.js';
import { extractKernels } from '../modules/extract.js';
import { maskKernels } from '../modules/mask.js';
import { fullSelection } from './kernel-selection.js';
import { depthwiseToy, sequentialToy } from './test-models.fixture.js';
import {
  fillEmptyLayers,
  type ModelTrace,
  selectionFromUnits,
  tieSelection,
  traceModel,
  unitsFromSelection,
} from './trace.js';

const kernels = (trace: ModelTrace) => trace.convLayers.reduce((sum, conv) => sum + conv.kernels, 0);
const groupOf = (trace: ModelTrace, layer: string) => trace.groups.find(({ layers }) => layers.includes(layer))!;
const traced = (model: tf.LayersModel): ModelTrace => {
  const trace = traceModel(model);
  model.dispose();
  return trace;
};
const apply = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]) =>
  layer.apply(inputs.length === 1 ? inputs[0] : inputs) as tf.SymbolicTensor;

test('SimCNN: 13 free layers, 4224 kernels, read out after ReLU and before the pool', () => {
  const trace = traced(simCnn({ weights: 'zeros' }));
  assert.equal(trace.groups.length, 13);
  assert.equal(kernels(trace), 4224);
  assert.equal(trace.classes, 10);
  assert.deepEqual(
    trace.convLayers.map(({ name }) => name),
    Array.from({ length: 13 }, (_, i) => `conv${i}`),
  );
  assert.deepEqual(trace.convLayers[1], { name: 'conv1', kernels: 64, inputChannels: 64 });
  assert.deepEqual(
    trace.groups.map(({ readout }) => readout),
    Array.from({ length: 13 }, (_, i) => `relu${i}`),
  );
  assert.equal(trace.groups[0].pooledReadout, null);
  assert.match(trace.groups[1].pooledReadout!, /pool/);
  assert.ok(trace.groups.every((group) => !group.protected));
});

for (const variant of ['cnnsplitter', 'gradsplitter'] as const) {
  test(`ResCNN (${variant}): 9 groups, 4288 kernels, pairs tied one to one (spec cnnsplitter §2.4)`, () => {
    const trace = traced(resCnn({ variant, weights: 'zeros' }));
    assert.equal(trace.groups.length, 9);
    assert.equal(kernels(trace), 4288);
    assert.deepEqual(
      trace.groups.map(({ layers }) => layers.join()),
      ['conv0', 'conv1,conv3', 'conv2', 'conv4', 'conv5,conv7', 'conv6', 'conv8', 'conv9,conv11', 'conv10'],
    );
    const pair = groupOf(trace, 'conv7');
    assert.equal(pair.id, 'conv5');
    assert.equal(pair.readout, 'add7');
    assert.deepEqual(pair.units[3].members, [
      { layer: 'conv5', kernel: 3 },
      { layer: 'conv7', kernel: 3 },
    ]);
    assert.deepEqual([...pair.readoutChannels].slice(0, 3), [0, 1, 2]);
    assert.match(groupOf(trace, 'conv4').pooledReadout!, /pool/);
  });
}

test('InceCNN: 12 free layers, 3200 kernels, concatenation shifts the channels', () => {
  const trace = traced(inceCnn({ weights: 'zeros' }));
  assert.equal(trace.groups.length, 12);
  assert.equal(kernels(trace), 3200);
  const joined = trace.layers.find(({ name }) => name === 'concat5')!;
  const units = (layer: string) => trace.layers.find(({ name }) => name === layer)!.channels;
  const branches = trace.convLayers.slice(3, 6).map(({ name }) => name);
  assert.deepEqual([...joined.channels], [...branches.flatMap((branch) => [...units(branch)])]);
  assert.equal(joined.channels.length, 576);
});

test('ResNet-20, option A: stage 1 channel k is stage 2 channel k+8 and stage 3 channel k+24, the rest is free', () => {
  const trace = traced(resNet20({ weights: 'zeros' }));
  assert.equal(kernels(trace), 16 * 7 + 32 * 6 + 64 * 6);
  assert.equal(trace.groups.length, 10);
  const spine = groupOf(trace, 'conv0');
  assert.deepEqual(spine.layers, ['conv0', ...[2, 4, 6, 8, 10, 12, 14, 16, 18].map((i) => `conv${i}`)]);
  assert.equal(spine.units.length, 64);
  assert.equal(spine.readout, 'relu18');
  assert.deepEqual(
    spine.units[5].members.map(({ layer, kernel }) => `${layer}:${kernel}`),
    [
      ...['conv0', 'conv2', 'conv4', 'conv6'].map((layer) => `${layer}:5`),
      ...['conv8', 'conv10', 'conv12'].map((layer) => `${layer}:13`),
      ...['conv14', 'conv16', 'conv18'].map((layer) => `${layer}:29`),
    ],
  );
  assert.equal(spine.readoutChannels[5], 29);
  assert.deepEqual(
    [...spine.readoutChannels].sort((a, b) => a - b),
    Array.from({ length: 64 }, (_, i) => i),
  );
  const sizes = spine.units.map(({ members }) => members.length);
  assert.deepEqual(
    [10, 6, 3].map((size) => sizes.filter((n) => n === size).length),
    [16, 16, 32],
  );
  assert.equal(groupOf(trace, 'conv7').layers.length, 1);
});

test('ResNet-20, projections: one group per stage', () => {
  const trace = traced(resNet20({ shortcut: 'projection', weights: 'zeros' }));
  assert.equal(trace.groups.length, 9 + 3);
  assert.equal(groupOf(trace, 'conv0').units.length, 16);
  assert.equal(groupOf(trace, 'convShortcut8').units.length, 32);
  assert.deepEqual(groupOf(trace, 'conv18').layers, ['conv14', 'convShortcut14', 'conv16', 'conv18']);
  assert.equal(groupOf(trace, 'conv18').readout, 'relu18');
});

test('depthwise, pooling and flattening pass channels on; a sequential model is traced like a functional one', () => {
  const toy = traced(depthwiseToy());
  const channels = (layer: string) => [...toy.layers.find(({ name }) => name === layer)!.channels];
  assert.deepEqual(channels('stem'), [0, 1, 2, 3]);
  assert.deepEqual(channels('dw'), [0, 0, 1, 1, 2, 2, 3, 3]);
  assert.deepEqual(channels('joined'), [...channels('sep'), ...channels('dw'), ...channels('stem')]);
  assert.equal(groupOf(toy, 'stem').readout, 'relu6');
  const sequential = traced(sequentialToy());
  assert.equal(sequential.groups[0].readout, 'c0');
  assert.equal(sequential.groups[1].readout, 'prelu');
  assert.deepEqual([...sequential.layers.find(({ name }) => name === 'flat')!.channels].slice(3, 8), [9, 10, 6, 7, 8]);
});

test("channels that are the model's output, are mixed by softmax or are added to the image cannot be removed", () => {
  const { layers } = tf;
  const build = (...tail: tf.layers.Layer[]) =>
    tf.sequential({
      layers: [
        layers.conv2d({ name: 'a', filters: 4, kernelSize: 3, inputShape: [6, 6, 3] }),
        layers.conv2d({ name: 'b', filters: 5, kernelSize: 1 }),
        ...tail,
      ],
    });
  const output = traced(build(layers.globalAveragePooling2d({ name: 'gap' })));
  assert.deepEqual(
    output.groups.map((group) => group.protected),
    [false, true],
  );
  assert.match(output.groups[1].protectedReason!, /output/);
  assert.equal(output.classes, 5);
  const softmax = traced(
    build(layers.softmax({ name: 'mix' }), layers.flatten({ name: 'f' }), layers.dense({ name: 'd', units: 2 })),
  );
  assert.match(softmax.groups[1].protectedReason!, /softmax of 'mix'/);

  const image = tf.input({ shape: [6, 6, 3] });
  const sum = apply(
    layers.add({ name: 'sum' }),
    image,
    apply(layers.conv2d({ name: 'c', filters: 3, kernelSize: 1 }), image),
  );
  const added = traced(
    tf.model({ inputs: image, outputs: apply(layers.dense({ units: 2 }), apply(layers.globalMaxPooling2d({}), sum)) }),
  );
  assert.match(added.groups[0].protectedReason!, /input image/);

  const model = build(layers.globalAveragePooling2d({ name: 'gap' }));
  const selection = fullSelection(traceModel(model));
  selection['b'][2] = 0;
  assert.throws(() => extractKernels(model, selection), /kernel 2 of 'b' cannot be removed.*output/);
  assert.deepEqual([...tieSelection(traceModel(model), selection)['b']], [1, 1, 1, 1, 1]);
  model.dispose();
});

test('a tie through a channel copy with other sources is found, even where no single map shows all units', () => {
  const { layers } = tf;
  const image = tf.input({ shape: [4, 4, 3] });
  const wide = apply(layers.conv2d({ name: 'wide', filters: 4, kernelSize: 1 }), image);
  const narrow = apply(layers.conv2d({ name: 'narrow', filters: 2, kernelSize: 1 }), image);
  const copied = apply(new SubsampleChannels({ stride: 1, sources: [3, -1], name: 'copy' }), wide);
  const sum = apply(layers.add({ name: 'sum' }), copied, narrow);
  const both = apply(layers.concatenate({ name: 'both' }), wide, sum);
  const outputs = apply(layers.dense({ name: 'fc', units: 2 }), apply(layers.flatten({}), both));
  const trace = traced(tf.model({ inputs: image, outputs }));
  assert.equal(trace.groups.length, 1);
  const [group] = trace.groups;
  assert.deepEqual(
    group.units.map(({ members }) => members.map(({ layer, kernel }) => `${layer}:${kernel}`).join('+')),
    ['wide:0', 'wide:1', 'wide:2', 'wide:3+narrow:0', 'narrow:1'],
  );
  assert.equal(group.readout, 'wide');
  assert.deepEqual([...group.readoutChannels], [0, 1, 2, 3, -1]);
});

test('layers that cannot be followed are refused by name and type', () => {
  const { layers } = tf;
  class Doubling extends layers.Layer {
    static className = 'Doubling';
    override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul(Array.isArray(x) ? x[0] : x, 2);
    }
  }
  const ending = (x: tf.SymbolicTensor) => apply(layers.dense({ name: 'fc', units: 2 }), apply(layers.flatten({}), x));
  const refused = (build: (image: tf.SymbolicTensor) => tf.SymbolicTensor, message: RegExp) => {
    const image = tf.input({ shape: [4, 4, 3] });
    const model = tf.model({ inputs: image, outputs: build(image) });
    for (const attempt of [
      traceModel,
      (m: tf.LayersModel) => maskKernels(m, {}),
      (m: tf.LayersModel) => extractKernels(m, {}),
    ]) {
      assert.throws(
        () => attempt(model),
        (error: unknown) => error instanceof ModelError && message.test(error.message),
      );
    }
    model.dispose();
  };
  const conv = (name: string, filters = 4) => layers.conv2d({ name, filters, kernelSize: 1 });
  refused((x) => ending(apply(new Doubling({ name: 'twice' }), apply(conv('a'), x))), /'twice' \(Doubling\): unknown/);
  refused((x) => {
    const row = apply(layers.maxPooling2d({ poolSize: [4, 1] }), apply(conv('a'), x));
    const column = apply(layers.maxPooling2d({ poolSize: [1, 4] }), apply(conv('b'), x));
    return ending(apply(layers.multiply({ name: 'times' }), row, column));
  }, /'times' \(Multiply\)/);
  refused((x) => {
    const rows = apply(layers.reshape({ targetShape: [16, 4] }), apply(conv('a'), x));
    return ending(apply(layers.conv1d({ name: 'along', filters: 2, kernelSize: 2 }), rows));
  }, /'along' \(Conv1D\): unknown layer type/);
  refused(
    (x) => ending(apply(layers.reshape({ name: 'mix', targetShape: [4, 8, 2] }), apply(conv('a'), x))),
    /'mix' \(Reshape\).*mixes/,
  );
  refused(
    (x) => ending(apply(layers.concatenate({ name: 'rows', axis: 1 }), apply(conv('a'), x), apply(conv('b'), x))),
    /axis 1/,
  );
  refused((x) => ending(apply(layers.batchNormalization({ name: 'bn', axis: 1 }), apply(conv('a'), x))), /axis 1/);
  refused(
    (x) =>
      ending(apply(layers.maxPooling2d({ name: 'p', poolSize: 2, dataFormat: 'channelsFirst' }), apply(conv('a'), x))),
    /'p' \(MaxPooling2D\): reads channels first/,
  );
  refused(
    (x) => ending(apply(layers.add({ name: 'sum' }), apply(conv('a', 1), x), apply(conv('b'), x))),
    /different shapes/,
  );
  const shared = conv('shared', 3);
  refused((x) => ending(apply(shared, apply(shared, x))), /'shared' is used more than once/);
  const inner = tf.sequential({
    layers: [layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] })],
    name: 'inner',
  });
  refused((x) => ending(apply(inner, x)), /'inner' is a model itself/);

  const image = tf.input({ shape: [4, 4, 3] });
  const [a, b] = ['a', 'b'].map((name) =>
    apply(layers.dense({ units: 2 }), apply(layers.flatten({}), apply(conv(name), image))),
  );
  assert.throws(
    () => traceModel(tf.model({ inputs: image, outputs: [a, b] })),
    /one input and one output, got 1 and 2/,
  );
  assert.throws(() => traceModel(tf.sequential()), /sequential model needs an inputShape/);
});

test('tieSelection keeps a unit when any of its kernels is kept', () => {
  const model = resCnn({ width: 0.125, weights: 'zeros' });
  const trace = traceModel(model);
  const selection = fullSelection(trace);
  selection['conv1'].fill(0);
  selection['conv3'].fill(0);
  selection['conv3'][5] = 1;
  selection['conv1'][2] = 1;
  for (const cut of [extractKernels, maskKernels]) {
    assert.throws(
      () => cut(model, selection),
      (e: unknown) => e instanceof OptionError && /conv1.*conv3.*tieSelection/.test(e.message),
    );
  }
  const tied = tieSelection(trace, selection);
  assert.deepEqual([...tied['conv1']], [0, 0, 1, 0, 0, 1, ...new Array<number>(10).fill(0)]);
  assert.deepEqual(tied['conv1'], tied['conv3']);
  assert.equal(selection['conv1'][5], 0);
  const units = unitsFromSelection(trace, tied);
  assert.deepEqual(units['conv1'], tied['conv1']);
  assert.deepEqual(selectionFromUnits(trace, units), tied);
  assert.deepEqual(selectionFromUnits(trace, { conv1: units['conv1'] }), tied);
  assert.throws(() => selectionFromUnits(trace, { conv3: units['conv1'] }), /no channel group 'conv3'/);
  assert.throws(() => selectionFromUnits(trace, { conv1: new Uint8Array(3) }), /expected 16 values of 0 or 1, got 3/);
  model.dispose();
});

test('an empty layer gets its kernel 0 and what is tied to it', () => {
  const trace = traced(resNet20({ weights: 'zeros' }));
  const spine = trace.groups[0];
  const onlyStage3 = new Uint8Array(64);
  onlyStage3[spine.units.findIndex(({ members }) => members.length === 3)] = 1;
  const { selection, emptied } = fillEmptyLayers(trace, selectionFromUnits(trace, { conv0: onlyStage3 }));
  assert.deepEqual(emptied, ['conv0', 'conv2', 'conv4', 'conv6', 'conv8', 'conv10', 'conv12']);
  assert.deepEqual(
    unitsFromSelection(trace, selection)['conv0'],
    onlyStage3.map((bit, i) => (i === 0 ? 1 : bit)),
  );
});

test('an output that is no row of class scores is refused', () => {
  const input = tf.input({ shape: [8, 8, 3] });
  const maps = apply(tf.layers.conv2d({ name: 'maps', filters: 4, kernelSize: 3 }), input);
  const model = tf.model({ inputs: input, outputs: maps });
  assert.throws(
    () => traceModel(model),
    (error) =>
      error instanceof ModelError &&
      /'maps' \(Conv2D\): expected the model's output to be \[batch, classes\], got \[batch, 6, 6, 4\]/.test(
        error.message,
      ),
  );
  model.dispose();
});
