import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ACCELERATED, openAccelerated } from '../backend/training/accelerated.fixture.js';
import * as tf from '../tf.js';
import { createOptimizer, type OptimizerOptions } from './optimizers.js';
import { type StepResult, trainStep } from './train-step.js';

before(openAccelerated);

/** Five steps of a small residual network on a backend. */
async function train(backend: string, options: OptimizerOptions): Promise<{ steps: StepResult[]; weights: number[] }> {
  await tf.setBackend(backend);
  const tensors = tf.memory().numTensors;
  const init = (seed: number) => tf.initializers.heNormal({ seed });
  const input = tf.input({ shape: [8, 8, 3] });
  const conv = (x: tf.SymbolicTensor, seed: number): tf.SymbolicTensor =>
    tf.layers
      .conv2d({ filters: 8, kernelSize: 3, padding: 'same', kernelInitializer: init(seed), activation: 'relu' })
      .apply(x) as tf.SymbolicTensor;
  const first = conv(input, 1);
  const sum = tf.layers.add().apply([first, conv(first, 2)]) as tf.SymbolicTensor;
  const normal = tf.layers.batchNormalization().apply(sum);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(tf.layers.reLU().apply(normal)) as tf.SymbolicTensor;
  const logits = tf.layers.dense({ units: 5, kernelInitializer: init(3) }).apply(pooled) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: logits });
  const x = tf.randomNormal<tf.Rank.R4>([10, 8, 8, 3], 0, 1, 'float32', 4);
  const labels = Int32Array.from({ length: 10 }, (_, i) => i % 5);
  const optimizer = createOptimizer(options);
  const steps = Array.from({ length: 5 }, () => trainStep(model, x, labels, optimizer, 0.02));
  const weights = model.getWeights().flatMap((w) => Array.from(w.dataSync()));
  optimizer.dispose();
  model.dispose();
  x.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  return { steps, weights };
}

for (const options of [
  { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 },
  { kind: 'sgd', momentum: 0 },
  { kind: 'adam', weightDecay: 1e-3, epsilon: 1e-3 },
] as const) {
  for (const { backend, skip } of ACCELERATED) {
    test(`${backend} trains as cpu does, ${JSON.stringify(options)}`, { skip }, async () => {
      const expected = await train('cpu', options);
      const actual = await train(backend, options);
      actual.steps.forEach(({ loss, hits }, i) => {
        assert.ok(
          Math.abs(loss - expected.steps[i].loss) < 1e-4,
          `step ${i}: ${loss} is not ${expected.steps[i].loss}`,
        );
        assert.equal(hits, expected.steps[i].hits);
      });
      const error = Math.max(...actual.weights.map((w, i) => Math.abs(w - expected.weights[i])));
      assert.ok(error < 1e-3, `a weight differs by ${error}`);
    });
  }
}
