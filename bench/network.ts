import { computesBfloat16 } from '../lib/backend/inference-plan.js';
import { resNet20 } from '../lib/models/architectures/res-net-cifar.js';
import { simCnn } from '../lib/models/architectures/sim-cnn.js';
import { type CompiledInference, compileInference } from '../lib/surgery/passes/inference.js';
import * as tf from '../lib/tf.js';
import { createOptimizer } from '../lib/training/optimizers.js';
import { trainStep } from '../lib/training/train-step.js';
import { type BenchRow, rateRow, timeInTurn } from './bench.js';
import type { PythonPeer } from './python-peer.js';

const NETWORKS = {
  resnet20: { title: 'ResNet-20', build: () => resNet20({ seed: 1 }) },
  simcnn: { title: 'SimCNN', build: () => simCnn({ seed: 1 }) },
};

const BATCH = 128;
/** On the cpu backend a training step of a full batch takes many minutes. */
const CPU_BATCH = 2;

/** Images/s of a network on 32×32 images: training with SGD, momentum and weight decay, and evaluation as `evaluate` does it. */
export function benchNetwork(name: keyof typeof NETWORKS) {
  return async (backend: string, peer: PythonPeer | undefined): Promise<BenchRow[]> => {
    const { title, build } = NETWORKS[name];
    const batch = backend === 'cpu' ? CPU_BATCH : BATCH;
    const model = build();
    const x = tf.randomNormal<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 1);
    const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
    const optimizer = createOptimizer({ kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 });
    const inference = compileInference(model);
    const evaluation = (compiled: CompiledInference) => async () => {
      const logits = compiled.predict(x);
      await logits.data();
      logits.dispose();
    };
    const rough = computesBfloat16() ? compileInference(model, { precision: 'bf16' }) : undefined;
    const passes = [
      { pass: 'train', precision: 'f32', run: () => void trainStep(model, x, labels, optimizer, 0.01) },
      { pass: 'eval', precision: 'f32', run: evaluation(inference) },
      ...(rough ? [{ pass: 'eval', precision: 'bf16', run: evaluation(rough) } as const] : []),
    ] as const;
    const rows: BenchRow[] = [];
    for (const { pass, precision, run } of passes) {
      const job = { job: 'network', network: name, pass, batch, precision } as const;
      const timing = await timeInTurn(run, peer && (() => peer.run(job)));
      rows.push(rateRow(`${title} ${pass}, ${precision}, batch ${batch}`, backend, batch, 'images/s', timing));
    }
    optimizer.dispose();
    inference.dispose();
    rough?.dispose();
    model.dispose();
    x.dispose();
    return rows;
  };
}
