import * as tf from '../lib/tf.js';
import { resNet20 } from '../lib/models/res-net-cifar.js';
import { compileInference } from '../lib/surgery/inference.js';
import { createOptimizer } from '../lib/training/optimizers.js';
import { trainStep } from '../lib/training/train-step.js';
import { rateRow, timeInTurn, type BenchRow } from './bench.js';
import type { TorchPeer } from './torch-peer.js';

const BATCH = 128;
/** On the cpu backend a training step of a full batch takes many minutes. */
const CPU_BATCH = 2;

/** Images/s of ResNet-20 on 32×32 images: training with SGD, momentum and weight decay, and evaluation as `evaluate` does it. */
export async function benchResNet20(backend: string, peer: TorchPeer | undefined): Promise<BenchRow[]> {
  const batch = backend === 'cpu' ? CPU_BATCH : BATCH;
  const model = resNet20({ seed: 1 });
  const x = tf.randomNormal<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 1);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const optimizer = createOptimizer({ kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 });
  const inference = compileInference(model);
  const passes = {
    train: () => void trainStep(model, x, labels, optimizer, 0.1),
    eval: async () => {
      const logits = inference.predict(x);
      await logits.data();
      logits.dispose();
    },
  };
  const rows: BenchRow[] = [];
  for (const [pass, run] of Object.entries(passes)) {
    const job = { job: 'resnet20', pass: pass as keyof typeof passes, batch } as const;
    const timing = await timeInTurn(run, peer && (() => peer.run(job)));
    rows.push(rateRow(`ResNet-20 ${pass}, batch ${batch}`, backend, batch, 'images/s', timing));
  }
  optimizer.dispose();
  inference.dispose();
  model.dispose();
  x.dispose();
  return rows;
}
