import assert from 'node:assert/strict';
import * as tf from '../tf.js';
import type { OneDnnBackend } from './onednn/backend.js';
import { assertAsOnCpu, nativeTest, random } from './onednn/compare-with-cpu.fixture.js';
import { residualConv2d, type ResidualConv2dOptions } from './residual-conv2d.js';

const SHAPE = [2, 24, 24, 8];

const image = (seed: number): tf.Tensor4D => tf.relu(random<tf.Rank.R4>(SHAPE, seed));

/** 3×3, stride 1, as many channels out as in; `given` says the rest. */
function convolve(given: Partial<ResidualConv2dOptions> & { residual: tf.Tensor }): tf.Tensor {
  const { x = image(1), filter = random<tf.Rank.R4>([3, 3, 8, 8], 2) } = given;
  return residualConv2d({
    bias: 'bias' in given ? given.bias : random<tf.Rank.R1>([8], 3),
    strides: 1,
    pad: 'same',
    dilations: 1,
    activation: 'relu',
    overwrite: false,
    ...given,
    x,
    filter,
  });
}

for (const overwrite of [false, true]) {
  nativeTest(`the sum is cpu's, overwrite ${overwrite}`, async () => {
    for (const activation of ['linear', 'relu', 'relu6'] as const) {
      await assertAsOnCpu(() => convolve({ residual: image(4), activation, overwrite }));
      await assertAsOnCpu(() => convolve({ residual: image(4), activation, overwrite, bias: undefined }));
    }
    const [x, residual] = [tf.zeros<tf.Rank.R4>([0, 24, 24, 8]), tf.zeros([0, 24, 24, 8])];
    await assertAsOnCpu(() => convolve({ x, residual, overwrite }));
    tf.dispose([x, residual]);
  });

  nativeTest(`the image may be the residual, overwrite ${overwrite}`, () =>
    assertAsOnCpu(() => {
      const x = image(1);
      return convolve({ x, residual: x, overwrite });
    }),
  );

  nativeTest(`clones, variables and values that were read keep theirs, overwrite ${overwrite}`, () =>
    assertAsOnCpu(() => {
      const residual = image(4);
      const clone = residual.clone();
      const flat = residual.reshape([-1]);
      const sum = convolve({ residual, overwrite });
      const variable = tf.variable(image(5));
      const again = convolve({ residual: variable.clone(), overwrite });
      const read = image(6);
      const values = read.dataSync();
      const third = convolve({ residual: read, overwrite });
      const results = [sum, clone, flat, again, variable.clone(), third, tf.tensor(values, SHAPE)];
      variable.dispose();
      return results;
    }),
  );
}

nativeTest('overwriting takes the memory of a residual that nobody else holds', async () => {
  await tf.setBackend('onednn');
  tf.tidy(() => {
    const given = { x: image(1), filter: random<tf.Rank.R4>([3, 3, 8, 8], 2), bias: undefined };
    const residual = image(4);
    const { numDataBuffers } = tf.memory();
    const sum = convolve({ ...given, residual, overwrite: true });
    assert.equal(tf.memory().numDataBuffers, numDataBuffers);
    residual.dispose();
    residual.dispose();
    assert.ok(sum.dataSync().some((value) => value > 0));
  });
});

nativeTest('an error of the addon gives the memory of the result back, and the residual stays', async () => {
  await tf.setBackend('onednn');
  const backend = tf.backend() as OneDnnBackend;
  const { addon } = backend;
  const broken = {
    ...addon,
    convolve: (): never => {
      throw new Error('out of order');
    },
  };
  tf.engine().startScope();
  const [residual, x, filter] = [image(4), image(1), random<tf.Rank.R4>([3, 3, 8, 8], 2)];
  const before = [backend.numDataIds(), tf.memory().numTensors, tf.memory().numBytes];
  Object.assign(backend, { addon: broken });
  try {
    for (const overwrite of [false, true]) {
      assert.throws(() => convolve({ x, filter, bias: undefined, residual, overwrite }), /out of order/);
      assert.deepEqual([backend.numDataIds(), tf.memory().numTensors, tf.memory().numBytes], before);
      assert.equal(backend.refCount(residual.dataId), 1);
    }
  } finally {
    Object.assign(backend, { addon });
    tf.engine().endScope();
  }
});
