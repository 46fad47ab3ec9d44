import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../tf.js';
import { ChannelShuffle } from './channel-shuffle.js';
import { testLayer } from './check-layer.fixture.js';

for (const groups of [1, 2, 3, 12]) {
  testLayer(
    `ChannelShuffle, ${groups} groups`,
    () => new ChannelShuffle({ groups }),
    [2, 3, 2, 12],
    (x) =>
      Array.from(x, (_, at) => {
        const channel = at % 12;
        return x[at - channel + (channel % groups) * (12 / groups) + Math.floor(channel / groups)];
      }),
  );
}

test('groups that do not divide the channels are refused', () => {
  assert.throws(() => new ChannelShuffle({ groups: 5 }).apply(tf.input({ shape: [3, 2, 12] })), /5 groups .* 12 input/);
  assert.throws(() => new ChannelShuffle({ groups: 0.5 }), /whole number from 1 on, got 0.5/);
});
