import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mobileNetV2 } from '../models/architectures/published/mobile-net-v2.js';
import * as tf from '../tf.js';
import { batchThatFits } from './batch-that-fits.js';

test('on the wasm backend large images go through a network a few at a time, small ones as many as wanted', async () => {
  const large = mobileNetV2({ classes: 3, inputShape: [224, 224, 3], width: 0.35, weights: 'zeros' });
  const small = mobileNetV2({ classes: 3, inputShape: [32, 32, 3], width: 0.35, weights: 'zeros' });
  try {
    await tf.setBackend('cpu');
    assert.equal(batchThatFits(large, 64), 64);
    await import('@tensorflow/tfjs-backend-wasm');
    assert.ok(await tf.setBackend('wasm'));
    assert.equal(batchThatFits(small, 64), 64);
    // 7.9 million numbers an image, 32 MB: 64 images and their gradients were more than 4 GB.
    const few = batchThatFits(large, 64);
    assert.ok(few >= 8 && few <= 32, String(few));
  } finally {
    large.dispose();
    small.dispose();
    await tf.setBackend('cpu');
  }
});
