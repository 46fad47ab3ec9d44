import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { testLayer } from './check-layer.fixture.js';
import { GroupedConv2D, type GroupedConv2DArgs } from './grouped-conv2d.js';

const SHAPE = [2, 7, 6, 12] as const;

/** A grouped convolution written out element by element, TensorFlow's 'same' border. */
function byHand(
  { filters, groups, ...args }: GroupedConv2DArgs,
  x: Float32Array,
  kernel: Float32Array,
  bias?: Float32Array,
) {
  const [batch, height, width, channels] = SHAPE;
  const [size, stride, dilation] = [args.kernelSize, args.strides ?? 1, args.dilationRate ?? 1] as number[];
  const extent = (size - 1) * dilation + 1;
  const depth = channels / groups;
  const same = args.padding === 'same';
  const length = (n: number) => (same ? Math.ceil(n / stride) : Math.floor((n - extent) / stride) + 1);
  const border = (n: number) => (same ? Math.floor(Math.max(0, (length(n) - 1) * stride + extent - n) / 2) : 0);
  const y: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let row = 0; row < length(height); row++)
      for (let column = 0; column < length(width); column++)
        for (let f = 0; f < filters; f++) {
          let sum = bias ? bias[f] : 0;
          const first = Math.floor(f / (filters / groups)) * depth;
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++) {
              const r = row * stride + i * dilation - border(height);
              const c = column * stride + j * dilation - border(width);
              if (r < 0 || r >= height || c < 0 || c >= width) continue;
              for (let d = 0; d < depth; d++) {
                sum +=
                  x[((b * height + r) * width + c) * channels + first + d] *
                  kernel[((i * size + j) * depth + d) * filters + f];
              }
            }
          y.push(sum);
        }
  return y;
}

const CASES: Record<string, GroupedConv2DArgs> = {
  'four groups': { filters: 8, kernelSize: 3, groups: 4, padding: 'same' },
  'three groups, stride 2': { filters: 6, kernelSize: 3, groups: 3, strides: 2, padding: 'same', useBias: false },
  'two groups, dilation 2': { filters: 4, kernelSize: 3, groups: 2, dilationRate: 2 },
  'one group': { filters: 5, kernelSize: 2, groups: 1 },
  'depthwise with two filters a channel': { filters: 24, kernelSize: 3, groups: 12, strides: 2 },
  'depthwise, dilation 2': { filters: 12, kernelSize: 3, groups: 12, dilationRate: 2, padding: 'same' },
};
for (const [title, args] of Object.entries(CASES)) {
  testLayer(
    `GroupedConv2D, ${title}`,
    () => new GroupedConv2D(args),
    SHAPE,
    (x, [kernel, bias]) => byHand(args, x, kernel, bias),
  );
}
testLayer(
  'GroupedConv2D with an activation',
  () => new GroupedConv2D({ filters: 8, kernelSize: 3, groups: 2, activation: 'tanh' }),
  SHAPE,
);

test('groups that do not divide filters or channels are refused', () => {
  const input = tf.input({ shape: [7, 6, 12] });
  assert.throws(() => new GroupedConv2D({ filters: 8, kernelSize: 3, groups: 3 }), /divides the 8 filters, got 3/);
  assert.throws(
    () => new GroupedConv2D({ filters: 10, kernelSize: 3, groups: 5 }).apply(input),
    /5 groups .* 12 input/,
  );
  assert.throws(
    () => new GroupedConv2D({ filters: 8, kernelSize: 3, groups: 2, dataFormat: 'channelsFirst' }),
    ModelError,
  );
});

test('the kernel has the channels of one group, as Keras and PyTorch count them', () => {
  const layer = new GroupedConv2D({ filters: 8, kernelSize: 3, groups: 4 });
  layer.apply(tf.input({ shape: [7, 6, 12] }));
  assert.deepEqual(layer.weights.map(({ shape }) => shape), [[3, 3, 3, 8], [8]]); // prettier-ignore
});
